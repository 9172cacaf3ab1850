"""Other systems' logs, read in a stream and turned into commands by a mapping file."""

"""Some keys of a live view compared with the fold of their events in the log."""

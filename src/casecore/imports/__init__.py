"""Imports: other systems' logs, by a mapping file, and tables; read as a stream and turned into commands."""

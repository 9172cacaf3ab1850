"""The installation as a process that answers over HTTP: all its doors in one application."""

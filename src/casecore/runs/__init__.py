"""Runs: what follows from the log as of a position becomes facts. Repeatable, killable, safe at once."""

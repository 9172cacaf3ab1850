"""Runs: what follows from the log as of a position, made into facts; repeatable, killable, two at once."""

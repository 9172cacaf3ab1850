"""Histories as OCEL 2.0, the standard for event logs of several kinds of objects: SQLite, and JSON."""

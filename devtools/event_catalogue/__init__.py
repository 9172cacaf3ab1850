"""The generated sections of docs/events.md: each event in prose, with its fields, and what came when."""

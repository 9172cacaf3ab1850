"""The generated sections of docs/events.md: each event in prose, with fields and example, and what came when."""

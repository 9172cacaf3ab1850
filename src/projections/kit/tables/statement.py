"""SQL text as psycopg takes it."""

from __future__ import annotations

from psycopg import sql as quoting


def statement(text: str, **names: str) -> quoting.SQL:
    """A statement with its names filled in. Names come from declarations, never from outside."""
    filled = text.format(**names) if names else text
    return quoting.SQL(filled)


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"

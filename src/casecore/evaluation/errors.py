"""What can be wrong with a file of events."""

from __future__ import annotations

from casecore.errors.kinds import InvalidInput


class InvalidEventsFile(InvalidInput):
    """A file of events cannot be read; the message says in which line, why, and what would be right."""

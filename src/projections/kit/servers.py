"""The servers of a view."""

from __future__ import annotations

from typing import NamedTuple


class ViewServers(NamedTuple):
    """Where a view is, and what it is built from: a database, Kafka's address, and the topics' prefix."""

    database: str
    bootstrap: str
    prefix: str

"""When the watch of service levels looked last, also while it does not run."""

from __future__ import annotations

from contextlib import closing
from typing import NamedTuple

from casecore.app.addresses import NotRunning, find_addresses
from casecore.app.settings import Settings
from casecore.postgres.errors import DatabaseError
from casecore.store.looks import WatchLook, WatchLooks


class LastLook(NamedTuple):
    """The answer of a store that was asked; `look` is None if the watch has never looked."""

    look: WatchLook | None


def last_look(settings: Settings) -> LastLook | None:
    """When the watch looked last, as the store knows it; None if the store cannot be asked."""
    try:
        addresses = find_addresses(settings)
        with closing(WatchLooks(addresses.database)) as looks:
            return LastLook(looks.last())
    except (NotRunning, DatabaseError):
        return None

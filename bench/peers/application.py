"""The peer of the command bus: the eventsourcing library's application with an aggregate of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from bench.load import CUSTOMER, TEXT
from bench.peers.help_desk import HelpDesk

CASES_EACH = 10
"""Cases of one caller; a case gets as many messages as the bench's runs bring it."""


class PeerApplication:
    """It on a database of its own; `pool_size` and `cache` else are the library's: five and none."""

    def __init__(self, database: str, pool_size: int = 0, cache: int = 0) -> None:
        self._application = HelpDesk(environment(database, pool_size, cache))

    def posters(self, callers: int, each: int) -> list[Callable[[], int]]:
        """For each caller something that posts so many messages to fresh cases of its own, in turn.

        A case gets at most a few dozen events, so that the library's loading of all of them stays cheap.
        """
        return [self._poster(each) for _ in range(callers)]

    def close(self) -> None:
        """Close the connections."""
        self._application.close()

    def _poster(self, each: int) -> Callable[[], int]:
        cases = [
            self._application.open("The viewer does not start") for _ in range(max(CASES_EACH, each // 20))
        ]

        def post() -> int:
            for place in range(each):
                self._application.post(
                    cases[place % len(cases)], CUSTOMER.person, CUSTOMER.organisation, TEXT
                )
            return each

        return post


def environment(database: str, pool_size: int = 0, cache: int = 0) -> dict[str, str]:
    """The library's settings for a libpq connection string; all else is as it comes."""
    given: dict[str, Any] = conninfo_to_dict(database)
    settings = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(given["dbname"]),
        "POSTGRES_HOST": str(given["host"]),
        "POSTGRES_PORT": str(given.get("port", 5432)),
        "POSTGRES_USER": str(given["user"]),
        "POSTGRES_PASSWORD": "none",
    }
    if pool_size:
        settings["POSTGRES_POOL_SIZE"] = str(pool_size)
    if cache:
        settings |= {"AGGREGATE_CACHE_MAXSIZE": str(cache), "DEEPCOPY_FROM_AGGREGATE_CACHE": "n"}
    return settings

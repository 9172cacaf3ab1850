"""The checks are checked: a server that stores twice, not at all, or another command is found out."""

from __future__ import annotations

import httpx2 as httpx
import pytest

from tests.faults.harness.api_servers import ApiServers, acknowledged_by
from tests.faults.harness.defective_program import check_acknowledged, message, opening

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

KILLED_AFTER_THE_COMMIT = ("bus.committed", "1", "kill")


def give_again_after_a_kill(
    servers: ApiServers, first: tuple[str, ...], second: tuple[str, ...]
) -> dict[str, int]:
    """What callers have heard, when the first server was killed before it answered, and then the second."""
    servers.start(1, *second)
    heard = acknowledged_by(servers.give(1, opening("K-1")))
    servers.start(0, *first)
    with pytest.raises(httpx.TransportError):
        servers.give(0, message("K-1", "one"))
    return heard | acknowledged_by(servers.give(1, message("K-1", "one")))


def test_without_a_defect_nothing_is_found(servers: ApiServers, database: str) -> None:
    check_acknowledged(database, give_again_after_a_kill(servers, KILLED_AFTER_THE_COMMIT, ()))


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        (("receipt-after-its-events",), (), "stored 2"),
        (("receipt-before-its-events",), (), "stored 0"),
        (KILLED_AFTER_THE_COMMIT, ("key-not-passed-on",), "was never given"),
        (KILLED_AFTER_THE_COMMIT, ("receipt-not-looked-up",), "Service Unavailable"),
    ],
)
def test_a_defect_is_found(
    servers: ApiServers, database: str, first: tuple[str, ...], second: tuple[str, ...], says: str
) -> None:
    with pytest.raises(AssertionError, match=says):
        check_acknowledged(database, give_again_after_a_kill(servers, first, second))


def test_an_answer_before_the_commit_is_found(servers: ApiServers, database: str) -> None:
    servers.start(0, "answer-before-the-commit")
    heard = acknowledged_by(servers.give(0, opening("K-1")))
    with pytest.raises(AssertionError, match="acknowledged 1, stored 0"):
        check_acknowledged(database, heard)

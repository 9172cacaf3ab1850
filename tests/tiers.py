"""Two tiers of tests, with servers and without, told apart by the fixtures that a test uses.

`make check` runs those without. No test is marked by hand: a test that names a fixture with servers is in
their tier, and a test outside it that starts a server fails with advice.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SERVER_FIXTURES = frozenset(
    {
        "postgres_server",  # the run's PostgreSQL, also below `database`
        "kafka_server",  # the run's Kafka
        "home",  # servers and supervised programs of the test's own (tests/local)
        "own_home",  # servers to be hurt (tests/faults)
        "secured_postgres",  # a PostgreSQL with TLS (tests/security)
        "secured_kafka",  # a broker with listeners of each kind (tests/security)
        "provider",  # a provider of identities (tests/identity)
        "browser",  # a browser (tests/browser)
        "inner_run",  # a test run in a test run (tests/test_guard.py)
    }
)
"""The fixtures that start servers, and those with which a test starts servers of its own. All are here."""

_SERVER_PROGRAMS = frozenset({"initdb", "pg_ctl", "postgres", "java"})


_LONG = (
    *("tests/journeys/", "tests/surface/", "tests/test_guard.py", "tests/relay/", "tests/simulation/"),
    *("tests/projections/", "tests/local/", "tests/faults/", "tests/upgrade/", "tests/imports/"),
    *(
        "tests/visibility/",
        "tests/web/everywhere/",
        "tests/api/",
        "tests/documents/",
        "tests/contract/",
        "tests/test_structure.py",
    ),
    *("tests/cli/", "tests/clocks/", "tests/synthetic/", "tests/identity/", "tests/app/", "tests/runs/"),
)
"""Where the tests are that take longest, in this order: while some of them wait, others compute."""


class _Tier:
    """The test that runs now in this process, if it may not start a server."""

    without_servers: str | None = None


def mark_tiers(items: Iterable[pytest.Item]) -> None:
    """Give the mark `servers` to each test that uses one of SERVER_FIXTURES, also through other fixtures."""
    for item in items:
        if needs_servers(getattr(item, "fixturenames", ())):
            item.add_marker("servers")


def needs_servers(fixtures: Iterable[str]) -> bool:
    """Whether a test that uses these fixtures belongs to the tier with servers."""
    return not SERVER_FIXTURES.isdisjoint(fixtures)


def order(items: list[pytest.Item]) -> None:
    """Put first what takes longest, so that the workers end at about the same time, with short files."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    return next((rank for rank, folder in enumerate(_LONG) if item.nodeid.startswith(folder)), len(_LONG))


@contextmanager
def held_to_its_tier(item: pytest.Item) -> Iterator[None]:
    """While the test runs: fail it if it starts a server and does not belong to their tier."""
    kept = _Tier.without_servers
    _Tier.without_servers = None if item.get_closest_marker("servers") else item.nodeid
    try:
        yield
    finally:
        _Tier.without_servers = kept


def refuse_servers(what: str) -> None:
    """Fail the test that runs now if it belongs to the tier without servers."""
    if _Tier.without_servers is not None:
        pytest.fail(
            f"{_Tier.without_servers} belongs to the tests without servers (make check), and starts {what}. "
            "Let it name the fixture `database` or `kafka_server` among its arguments, or one with servers "
            f"of its own: {', '.join(sorted(SERVER_FIXTURES))} (tests/tiers.py).",
            pytrace=False,
        )


def watch_for_servers() -> None:
    """From now on, notice when this process starts a program that is a server; cannot be undone."""
    sys.addaudithook(_notice)


def _notice(event: str, arguments: tuple[object, ...]) -> None:
    if event == "subprocess.Popen" and _Tier.without_servers is not None:
        executable, given = arguments[0], arguments[1]
        words = given if isinstance(given, list | tuple) else [given]
        for word in (executable, *words[:1]):
            if isinstance(word, str | os.PathLike) and Path(word).name in _SERVER_PROGRAMS:
                refuse_servers(Path(word).name)

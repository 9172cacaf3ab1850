"""Who is logged in, and who is about to: the same for every process, until it ends."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Barrier

import psycopg
import pytest

from casecore.app.actors import parse_actor
from casecore.app.logging_in.attempts import BegunAttempt, LoginAttempts
from casecore.app.logging_in.logins import LONGEST, Logins
from casecore.identity.code_flow import new_attempt
from casecore.identity.identity import Identity, Scope
from casecore.postgres.pool import SessionPool
from casecore.store.migrations import migrate

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
IDA = Identity(parse_actor("seller:nord:ida"), frozenset({Scope.AGENT, Scope.ANALYST}), "7K3M92QF")
SECOND = timedelta(seconds=1)


class Processes:
    """Two processes of an installation; `revoked` are the keys that are not taken any more."""

    def __init__(self, pools: list[SessionPool]) -> None:
        self.revoked: set[str] = set()
        self.logins = [Logins(pool, lambda key: key not in self.revoked) for pool in pools]
        self.attempts = [LoginAttempts(pool) for pool in pools]


@pytest.fixture
def processes(database: str) -> Iterator[Processes]:
    migrate(database)
    with closing(SessionPool(database, 4)) as one, closing(SessionPool(database, 4)) as other:
        yield Processes([one, other])


def begin(logins: Logins, at: datetime = NOW, *, by_key: bool = True, hours: int | None = None) -> str:
    expires_at = None if hours is None else at + timedelta(hours=hours)
    return logins.begin(IDA, at, by_key=by_key, expires_at=expires_at, id_token="" if by_key else "a.b.c")


def rows(database: str, what: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(f"select {what}").fetchall()  # type: ignore[call-overload, no-any-return]


def test_every_process_knows_who_is_logged_in_until_another_logs_them_out(processes: Processes) -> None:
    one, other = processes.logins
    secret = begin(one)

    found = other.find(secret, NOW)

    assert found is not None
    assert (found.identity, found.expires_at) == (IDA, NOW + LONGEST)
    assert other.find(f"{secret}x", NOW) is None
    other.end(secret, NOW)
    assert one.find(secret, NOW) is None


@pytest.mark.parametrize(("hours", "lasts"), [(None, 12), (2, 2), (48, 12)])
def test_a_login_ends_after_a_working_day_or_before(
    processes: Processes, hours: int | None, lasts: int
) -> None:
    logins = processes.logins[0]
    secret, end = begin(logins, hours=hours), NOW + timedelta(hours=lasts)

    assert logins.find(secret, end - SECOND) is not None
    assert logins.find(secret, end) is None


def test_a_login_by_a_key_ends_with_the_key_and_one_by_the_provider_does_not(processes: Processes) -> None:
    logins = processes.logins[0]
    by_key, by_provider = begin(logins), begin(logins, by_key=False)

    processes.revoked.add(IDA.shown_by)

    assert logins.find(by_key, NOW) is None
    assert logins.find(by_provider, NOW) is not None


def test_what_the_provider_said_is_given_once_and_forgotten_when_the_login_ends(
    processes: Processes, database: str
) -> None:
    logins = processes.logins[0]
    secret, expired = begin(logins, by_key=False), begin(logins, by_key=False, hours=1)

    assert [logins.end(secret, NOW), logins.end(secret, NOW)] == ["a.b.c", ""]
    begin(logins, NOW + timedelta(hours=1))

    assert rows(database, "distinct id_token from casecore.logins") == [(None,)]
    assert logins.end(expired, NOW) == ""


def test_only_a_fingerprint_is_kept_and_not_for_ever(processes: Processes, database: str) -> None:
    logins = processes.logins[0]
    secret = begin(logins)
    assert secret not in str(rows(database, "* from casecore.logins"))
    # When it has been over for some days, and somebody else logs in
    begin(logins, NOW + LONGEST + timedelta(days=7) + SECOND)
    assert rows(database, "count(*) from casecore.logins") == [(1,)]


def test_many_log_in_at_once_while_old_logins_are_removed(processes: Processes, database: str) -> None:
    for hours in range(20):
        begin(processes.logins[0], NOW - timedelta(hours=hours), by_key=False, hours=1)
    later, together = NOW + timedelta(days=8), Barrier(8)

    def log_in(number: int) -> str:
        together.wait()
        return begin(processes.logins[number % 2], later)

    with ThreadPoolExecutor(8) as threads:
        secrets = list(threads.map(log_in, range(8)))

    assert len(set(secrets)) == 8
    assert rows(database, "count(*) from casecore.logins") == [(8,)]


def test_an_attempt_is_taken_once_by_its_browser_in_ten_minutes(processes: Processes) -> None:
    one, other = processes.attempts
    begun = BegunAttempt(new_attempt(), "/work")
    secret, late = one.begin(begun, NOW), one.begin(begun, NOW)
    state = begun.attempt.state

    assert other.take("another browser", state, NOW) is None
    assert other.take(secret, "another state", NOW) is None
    assert other.take(secret, state, NOW + timedelta(minutes=10) - SECOND) == begun
    assert one.take(secret, state, NOW) is None
    assert other.take(late, state, NOW + timedelta(minutes=10)) is None


def test_of_many_who_bring_the_same_attempt_one_has_it(processes: Processes) -> None:
    begun, together = BegunAttempt(new_attempt(), "/"), Barrier(8)
    secret = processes.attempts[0].begin(begun, NOW)

    def take(number: int) -> BegunAttempt | None:
        together.wait()
        return processes.attempts[number % 2].take(secret, begun.attempt.state, NOW)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(take, range(8)))

    assert [one for one in found if one is not None] == [begun]


def test_attempts_that_nobody_came_back_with_are_removed(processes: Processes, database: str) -> None:
    attempts = processes.attempts[0]
    secret = attempts.begin(BegunAttempt(new_attempt(), "/"), NOW)
    assert secret not in str(rows(database, "* from casecore.login_attempts"))

    attempts.begin(BegunAttempt(new_attempt(), "/"), NOW + timedelta(minutes=10))

    assert rows(database, "count(*) from casecore.login_attempts") == [(1,)]

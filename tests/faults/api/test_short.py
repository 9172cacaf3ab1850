"""A server is killed before it answers, and fifty callers give one command: stored once, heard as first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx2 as httpx
import pytest

from tests.faults.harness.api_servers import ApiServers, acknowledged_by
from tests.faults.harness.defective_program import check_acknowledged, message, opening

CALLERS = 50
SAME = ("command_id", "stream_id", "version", "events")


def same(answer: httpx.Response) -> list[object]:
    return [answer.json()[name] for name in SAME]


@pytest.mark.timeout(300)
def test_a_command_whose_server_was_killed_before_its_answer_is_answered_by_another_one(
    servers: ApiServers, database: str
) -> None:
    servers.start(1)
    # Kafka does not answer: what is given is stored all the same, and the answer says that views lack it
    opened = servers.give(1, opening("K-1"), prefer="wait=1")
    assert (opened.status_code, opened.json()["views"]) == (201, "behind")
    # Given a server that is killed after the commit, and before its caller hears of it
    servers.start(0, "bus.committed", "1", "kill")
    with pytest.raises(httpx.TransportError):
        servers.give(0, message("K-1", "one"))
    # When the caller gives the command again at another one
    again = [servers.give(1, message("K-1", "one")) for _ in range(2)]
    # Then it is stored once, and answered as it was first
    assert [answer.headers["Idempotency-Replayed"] for answer in again] == ["true", "true"]
    assert [(answer.json()["version"], answer.json()["events"]) for answer in again] == [(2, 1), (2, 1)]
    check_acknowledged(database, acknowledged_by(opened) | acknowledged_by(again[0]))
    # and another one under its key is told so
    other = {**message("K-1", "two"), "command_id": message("K-1", "one")["command_id"]}
    assert servers.give(1, other).status_code == 422


@pytest.mark.timeout(300)
def test_fifty_callers_give_one_command_to_two_servers(servers: ApiServers, database: str) -> None:
    for number in range(servers.count):
        servers.start(number)
    given = acknowledged_by(servers.give(0, opening("K-1")))
    # When fifty give the same command at once, half of them to each server
    with ThreadPoolExecutor(CALLERS) as pool:
        asked = [pool.submit(servers.give, n % 2, message("K-1", "one")) for n in range(CALLERS)]
        answers = [found.result() for found in asked]
    # Then each hears the same, one of them that it was the first, and it is stored once
    assert len({tuple(same(answer)) for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    check_acknowledged(database, given | acknowledged_by(answers[0]))

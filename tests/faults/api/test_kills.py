"""Servers of the API are killed, PostgreSQL is killed, Kafka is gone: callers over HTTP lose nothing."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from casecore.kafka.cluster import Cluster
from tests.faults.conftest import NewProgram, Seen
from tests.faults.harness.api_servers import ApiServers
from tests.faults.harness.defective_program import message, opening
from tests.faults.harness.http_load import HttpLoad
from tests.faults.harness.laws import all_is_well, goes_on, some_are_answered
from tests.faults.harness.points import BUS_POINTS
from tests.faults.harness.program import SupervisedProgram, seed
from tests.faults.injection.servers import OwnKafka, OwnPostgres
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

OPENING = opening("K-HTTP")
ENDINGS = 16
"""Of servers: at a named point, at any moment, and as an operator ends them."""


@contextmanager
def serving(program: SupervisedProgram) -> Iterator[ApiServers]:
    """Two servers, each of which is started again whenever it has ended."""
    with ApiServers(program) as servers:
        servers.keep_all()
        yield servers


def test_servers_that_end_under_load_lose_and_double_nothing(
    supervised: SupervisedProgram, seen: Seen
) -> None:
    chance = random.Random(f"{seed()} api")
    program = supervised
    program.keep_few()
    with serving(program) as servers, HttpLoad(servers, chance.randrange(2**32)) as load:
        for _ in range(ENDINGS):
            some_are_answered(program, load, chance.randrange(20, 80))
            number = chance.randrange(servers.count)
            # When one of the servers ends, and is started again by its supervisor
            how = chance.choice([*BUS_POINTS, "kill", "end"])
            end(program, servers, number, how, chance)
            seen.kills += how != "end"
            ended_at = time.monotonic()
        # Then all that was answered is stored, once, and nothing else
        seen.well(all_is_well(program, load, ended_at))
        assert load.unexpected == []
        assert load.lost
        seen.note(load.seen)


def end(
    program: SupervisedProgram, servers: ApiServers, number: int, how: str, chance: random.Random
) -> None:
    """End a server, and return when it has ended; one that was just ended may still be starting again."""
    servers.wait_until_listening(number)
    name = servers.name(number)
    before = len(program.codes(name))
    if how == "kill":
        program.kill(name)
    elif how == "end":
        servers.end(number)
    else:
        servers.replace(number, how, str(chance.randrange(1, 6)), "kill")
    wait_until(lambda: len(program.codes(name)) > before, f"{name} ends by {how}\n{program.complaints()}", 60)
    if how != "end":
        assert program.codes(name)[-1] == -signal.SIGKILL, program.said(name)[-2000:]


def test_while_postgresql_is_killed_callers_hear_when_to_try_again(
    new_program: NewProgram, own_postgres: OwnPostgres, kafka_server: Cluster, seen: Seen
) -> None:
    chance = random.Random(f"{seed()} api and postgres")
    program = new_program(own_postgres.new_database(), kafka_server)
    program.keep_few()
    with serving(program) as servers, HttpLoad(servers, chance.randrange(2**32)) as load:
        some_are_answered(program, load, 100)
        # Given a PostgreSQL of which all processes are killed at once, under load
        own_postgres.kill()
        seen.kills += 1
        # Then each caller is told so, and when to try again, within a minute
        wait_until(lambda: load.unavailable >= 4, "callers hear of it", 60)
        for number in range(servers.count):
            asked = servers.ask(number, "/v1/cases", OPENING)
            assert (asked.status_code, asked.headers["Retry-After"]) == (503, "5")
            assert str(own_postgres.data.parent) not in asked.text
        # When it runs again, then all is well by itself, without a new server
        fixed_at = time.monotonic()
        own_postgres.start()
        some_are_answered(program, load, 50)
        seen.well(all_is_well(program, load, fixed_at))
        assert load.unexpected == []
        assert [program.codes(servers.name(n)) for n in range(servers.count)] == [[], []]
        seen.note(load.seen)


def test_without_kafka_commands_are_accepted_and_said_to_be_in_no_view(
    new_program: NewProgram, database: str, own_kafka: OwnKafka, seen: Seen
) -> None:
    chance = random.Random(f"{seed()} api and kafka")
    program = new_program(database, own_kafka.cluster)
    program.keep_few()
    with serving(program) as servers, HttpLoad(servers, chance.randrange(2**32)) as load:
        goes_on(program, load, 50)
        assert views(load, OPENING, 10) == "current"
        # Given a broker that is gone
        own_kafka.brokers[0].kill()
        seen.kills += 1
        # Then what is given is stored, and the views are behind
        some_are_answered(program, load, 50)
        assert views(load, message("K-HTTP", "one"), 1) == "behind"
        # When it is back
        fixed_at = time.monotonic()
        own_kafka.brokers[0].start()
        seen.well(all_is_well(program, load, fixed_at))
        assert views(load, message("K-HTTP", "two"), 10) == "current"
        assert load.unexpected == []


def views(load: HttpLoad, line: dict[str, object], seconds: int) -> object:
    """What the answer to a command says of the views, after so long a wait."""
    answer = load.give(line, f"wait={seconds}")
    assert answer is not None
    return answer.json()["views"]

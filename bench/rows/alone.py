"""One command alone, from the call to its answer, beside a bare SELECT, INSERT and COMMIT."""

from __future__ import annotations

import time
from uuid import uuid4

import psycopg

from bench.findings import Findings, Latency, Options, Row, Verdict, latency
from bench.load import message, opening
from bench.stages import Stage, Stages
from casecore.app.deciders import DECIDERS
from casecore.commands.bus import CommandBus
from casecore.postgres.connection import configure_session
from casecore.postgres.limits import STORE

GOAL_TIMES = 1.5
OURS = "command bus, one command after another, call to answer"
PEER = "peer: psycopg, SELECT, INSERT, COMMIT"
_IN_TURN = 50
"""Commands of one, then of the other, so that a slow moment of the machine affects both."""

# What the library's table has: a key for the stream's place, and one for the log's.
_TABLE = """create table bare_events (
  position bigint generated always as identity, stream_id uuid, version bigint, type text, body bytea,
  recorded_at timestamptz not null default clock_timestamp(), primary key (stream_id, version)
)"""
_INDEX = "create unique index on bare_events (position)"
_SELECT = "select version, type, body from bare_events where stream_id = %s order by version desc limit 1"
_INSERT = "insert into bare_events (stream_id, version, type, body) values (%s, %s, %s, %s)"


def measure(stages: Stages, options: Options) -> Findings:
    """Both in short turns, often enough for a percentile."""
    stage = stages.stage("alone")
    turns = options.sized(40 * options.runs, 4)
    ours: list[float] = []
    peer: list[float] = []
    with CommandBus(stage.addresses.database, DECIDERS, "vendor") as bus, _peer(stage) as connection:
        bus.give(opening("A-1"))
        body, stream_id, version = _body(stage), uuid4(), 0
        connection.execute(_INSERT, (stream_id, version, "opened", body))
        connection.commit()
        for turn in range(turns + 1):
            timed_ours = [_ours(bus) for _ in range(_IN_TURN)]
            timed_peer = [_bare(connection, stream_id, version + n, body) for n in range(1, _IN_TURN + 1)]
            version += _IN_TURN
            if turn:  # the first warms up caches and prepared statements
                ours += timed_ours
                peer += timed_peer
    found = (latency(OURS, ours), latency(PEER, peer))
    return Findings((), found, (_verdict(*found),))


ROW = Row("alone", "One command alone", measure)


def _verdict(ours: Latency, peer: Latency) -> Verdict:
    what = "median of one command, in medians of a bare SELECT, INSERT and COMMIT"
    return Verdict(what, ours.median_ms / peer.median_ms, GOAL_TIMES, "times", at_most=True)


def _ours(bus: CommandBus) -> float:
    command = message("A-1")
    started_at = time.perf_counter()
    bus.give(command)
    return time.perf_counter() - started_at


def _bare(connection: psycopg.Connection, stream_id: object, version: int, body: bytes) -> float:
    started_at = time.perf_counter()
    connection.execute(_SELECT, (stream_id,), prepare=True).fetchall()
    connection.execute(_INSERT, (stream_id, version, "message_posted", body), prepare=True)
    connection.commit()
    return time.perf_counter() - started_at


def _peer(stage: Stage) -> psycopg.Connection:
    """As durable as ours, with the settings of the store's own sessions."""
    connection = psycopg.connect(stage.addresses.database)
    configure_session(connection, STORE)
    for statement in (_TABLE, _INDEX):
        connection.execute(statement)
    connection.commit()
    return connection


def _body(stage: Stage) -> bytes:
    """The body of an event of ours, so that both write the same bytes."""
    with psycopg.connect(stage.addresses.database) as connection:
        found = connection.execute("select state from casecore.stored_events limit 1").fetchone()
    assert found is not None
    return bytes(found[0])

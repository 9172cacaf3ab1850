"""Each page at the help desk with 100 times its cases, with commands beside it; and what open pages cost."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import psutil
import psycopg

from bench.findings import Findings, Latency, Options, Row, Verdict, latency
from bench.http_load import Address
from bench.http_servers import free_address, served, serving
from bench.servers import environment
from bench.stages import Stage, Stages
from bench.web.addresses import PEOPLE, Look, looks
from bench.web.browsing import LoggedIn, log_in
from bench.web.commands_beside import SELLER, WATCHED, commands_beside
from bench.web.large_desk import LargeDesk, large_desk, views_at_work
from bench.web.list_server import listing
from bench.web.open_pages import Held, OpenPage, hold_open
from casecore.app.application import open_app
from casecore.identity.identity import Scope

TIMES, PACKAGES = 100, 5_000
PER_SECOND = 100
GOAL_MEDIAN_MS, GOAL_P95_MS, GOAL_OPERATIONS_MS, GOAL_CORES = 100, 300, 1_000, 0.2
_LOADS, _SECONDS = 30, 1.5
_WARM_SECONDS, _OPEN_SECONDS = 3.0, 20.0
_PEOPLE, _TABS = 10, 10
PEER = "peer: a handler of the same server that renders 50 open cases"


class _Server(NamedTuple):
    """The page's server: where it is, and its process."""

    address: Address
    process: psutil.Process

    def processor_seconds(self) -> float:
        """The processor time that it has used."""
        used = self.process.cpu_times()
        return float(used.user + used.system)


def measure(stages: Stages, options: Options) -> Findings:
    """All pages in turn, then 100 of them open; `runs` times as long as one run."""
    desk = large_desk(stages, max(round(TIMES * options.scale) - 1, 1), options.sized(PACKAGES, 400))
    return measure_pages(desk, options)


def measure_pages(desk: LargeDesk, options: Options) -> Findings:
    """The same of a help desk that is there."""
    stage, seconds = desk.stage, options.runs * min(options.scale * 2, 1.0)
    with views_at_work(stage), _page(stage) as server, commands_beside(stage, PER_SECOND):
        given, began_at = _commands(stage), time.monotonic()
        loads = _loaded(stage, server.address, options.runs * _LOADS, _SECONDS * seconds)
        peer = _peer(stage, _LOADS * options.runs)
        without, held = _open(stage, server, _OPEN_SECONDS * seconds)
        rate = (_commands(stage) - given) / (time.monotonic() - began_at)
    return _findings(desk, loads, peer, held._replace(cores=held.cores - without), rate)


ROW = Row("web", "Pages of a help desk with 100 times its cases, 100 commands a second beside it", measure)


@contextmanager
def _page(stage: Stage) -> Iterator[_Server]:
    """`casecore serve`, as in operation; its process is a child of this one."""
    address = free_address()
    before = set(psutil.Process().children())
    with served(serving(address.port), address, environment(stage.settings, stage.addresses)):
        (process,) = set(psutil.Process().children()) - before
        yield _Server(address, process)


def _loaded(stage: Stage, address: Address, most: int, seconds: float) -> Mapping[Look, Latency]:
    people = {name: log_in(stage, address, actor, scopes) for name, (actor, scopes) in PEOPLE.items()}
    run = people["vendor"].press("/money/runs/charge", {})
    with open_app(stage.settings, stage.addresses) as app:
        found = list(looks(app, run))
    return {
        look: latency(f"{look.address}, {look.who}", people[look.who].times(look.address, most, seconds))
        for look in found
    }


def _peer(stage: Stage, most: int) -> Latency:
    address = free_address()
    with served(listing(stage.addresses.database, address.port), address):
        return latency(PEER, LoggedIn(address, "").times(f"/cases?viewer={SELLER}", most, _SECONDS))


def _open(stage: Stage, server: _Server, seconds: float) -> tuple[float, Held]:
    """The cores that the server uses without open pages, and what these use and do."""
    people = [
        log_in(stage, server.address, f"seller:{SELLER}:person {number}", (Scope.AGENT,))
        for number in range(_PEOPLE)
    ]
    still = _still_cases(stage.addresses.database, _PEOPLE * (_TABS - 1))
    moving = ["/cases", "/work", "/cases?sort=-priority", "/cases?waiting=no", "/cases?sort=last_move_at"]
    moving += [f"/cases/{case}" for case in WATCHED]
    pages = [OpenPage(who, path) for who, path in zip(people, moving, strict=True)]
    pages += [OpenPage(people[place % _PEOPLE], f"/cases/{case}") for place, case in enumerate(still)]
    without = hold_open([], _WARM_SECONDS, seconds, server.processor_seconds)
    return without.cores, hold_open(pages, _WARM_SECONDS, seconds, server.processor_seconds)


def _still_cases(database: str, count: int) -> list[str]:
    """Cases to which nothing happens."""
    query = "select reference from workload.cases where reference like 'HD-%%' order by case_id limit %s"
    with psycopg.connect(database) as connection:
        return [str(row[0]) for row in connection.execute(query, (count,))]


def _findings(
    desk: LargeDesk, loads: Mapping[Look, Latency], peer: Latency, held: Held, rate: float
) -> Findings:
    of_operations = [one for look, one in loads.items() if look.is_of_operations]
    others = [one for look, one in loads.items() if not look.is_of_operations]
    ours = next(one for look, one in loads.items() if (look.address, look.who) == ("/cases", "seller"))
    verdicts = [
        _worst("a page, median", others, "median_ms", GOAL_MEDIAN_MS),
        _worst("a page, 95th percentile", others, "p95_ms", GOAL_P95_MS),
        _worst("a page of operations, median", of_operations, "median_ms", GOAL_OPERATIONS_MS),
        _worst("a page of operations, 95th percentile", of_operations, "p95_ms", GOAL_OPERATIONS_MS),
        Verdict(
            f"{_PEOPLE * _TABS} open pages, {held.changing} of which show what changes",
            held.cores,
            GOAL_CORES,
            "cores",
            at_most=True,
        ),
    ]
    notes = (
        f"There are {desk.cases:,} cases, and {rate:.0f} commands a second were stored beside all this.",
        f"The list of open cases takes "
        f"{ours.median_ms / peer.median_ms:.1f} times as long as the bare handler.",
        f"The open pages were told {held.told:,} times that something had changed, and asked "
        f"{held.loaded:,} times for their page.",
    )
    return Findings(latencies=(*loads.values(), peer), verdicts=verdicts, notes=notes)


def _worst(what: str, found: Sequence[Latency], field: str, goal: float) -> Verdict:
    worst = max(found, key=lambda one: getattr(one, field))
    return Verdict(f"{what} ({worst.name})", getattr(worst, field), goal, "ms", at_most=True)


def _commands(stage: Stage) -> int:
    """How many commands are stored."""
    with psycopg.connect(stage.addresses.database) as connection:
        found = connection.execute("select count(*) from casecore.receipts").fetchone()
    return int(found[0]) if found else 0

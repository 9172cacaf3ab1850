"""The cases that were worked out by hand, on every way to their figures: the same ones each time.

As commands through the bus, Kafka and the view; after a rebuild; and from a file of their events. File and
rebuild go through processes whose time zone database is wrong.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zoneinfo
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from casecore.cases.commands import CaseCommand
from casecore.cases.decider import CASES
from casecore.clocks.instants import instant
from casecore.commands.bus import CommandBus
from casecore.contract.streams import case_stream_id
from casecore.contract.wire import to_lines
from casecore.decider.command import GivenActor
from casecore.service_levels.commands import PublishCalendar, PublishPolicy, ServiceLevelCommand
from casecore.service_levels.decider import SERVICE_LEVELS
from casecore.store.log import LogReader
from projections.sla.queries import clocks_of, holders_of
from tests.clocks.casebook import SYSTEM, VENDOR
from tests.clocks.worked_cases import ExpectedClock, WorkedCase, worked_cases, worked_policies
from tests.journeys.harness import checker
from tests.journeys.harness.program import NO_HEALTH, Program
from tests.waiting import LIMIT_SECONDS, wait_until

# In a process of its own: the command line, once for each line of arguments, each answer on a line.
MANY_COMMANDS = """
import json, sys, zoneinfo
from datetime import datetime
from casecore.cli.main import app
assert zoneinfo.ZoneInfo("Europe/Berlin").utcoffset(datetime(2026, 1, 1)).total_seconds() == -18_000
for line in sys.stdin:
    app(json.loads(line), standalone_mode=False)
"""


class Clock(NamedTuple):
    """A clock's figures from any source; level and organisation are empty for the whole case."""

    clock: str
    level: str
    number: int
    policy: tuple[str, int]
    status: str
    at_risk: bool
    target_seconds: int
    started_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    missed_at: datetime | None
    elapsed_seconds: Decimal
    paused_seconds: Decimal
    remaining_seconds: Decimal
    times_paused: int
    beyond_horizon: bool


class Said(NamedTuple):
    """What is said of a case."""

    clocks: list[Clock]
    holders: list[tuple[str, str, str, Decimal]]


def test_the_figures_worked_out_by_hand_are_the_same_on_every_way(program: Program, tmp_path: Path) -> None:
    expected = {case.id: worked_out(case) for case in worked_cases()}
    wrong_zones = zones_of_another_continent(tmp_path / "zones")
    # given the cases, as commands, published and folded
    program.start("relay", "relay", *NO_HEALTH)
    program.start("sla", "project", "sla", *NO_HEALTH)
    give_all(program)
    stored = len(checker.of_cases(checker.read_store(program.database)))
    wait_until(lambda: folded(program) >= stored, f"the view has {stored} events\n{program.complaints()}")
    # then the view says what was worked out
    assert by_the_view(program) == expected
    # and so it does after a rebuild with a wrong time zone database
    program.kill("sla")
    program.run("rebuild", "sla", "--json", environment={"PYTHONTZPATH": str(wrong_zones)})
    assert by_the_view(program) == expected
    # and so does a file of the events, there too
    assert by_files(program, tmp_path, wrong_zones) == expected


def give_all(program: Program) -> None:
    """Publish what the cases are measured by, then take every step."""
    with CommandBus(program.database, [CASES, SERVICE_LEVELS], VENDOR) as bus:
        calendars = {(p.calendar.id, p.calendar.version): p for p in worked_policies()}
        for policy in calendars.values():
            do = PublishCalendar(
                organisation=policy.organisation, calendar=policy.calendar, definition_sha256="0" * 64
            )
            bus.give(ServiceLevelCommand(command_id=uuid4(), actor=agent_of(policy.organisation), do=do))
        for policy in worked_policies():
            publish = PublishPolicy(policy=policy, definition_sha256="0" * 64)
            actor = agent_of(policy.organisation)
            bus.give(ServiceLevelCommand(command_id=uuid4(), actor=actor, do=publish))
        for case in worked_cases():
            for step in case.steps:
                command = CaseCommand(
                    command_id=uuid4(),
                    actor=step.actor,
                    occurred_at=step.at,
                    case=case.reference,
                    do=step.do,
                )
                assert bus.give(command).events, f"{case.id}, {step.text}: changes nothing"


def agent_of(organisation: str) -> GivenActor:
    return GivenActor("publisher", organisation, SYSTEM.role)


def folded(program: Program) -> int:
    return checker.folded(program.database, ["sla"])


def zones_of_another_continent(folder: Path) -> Path:
    """A time zone database in which every zone of these cases is New York."""
    wrong = next(Path(path) for path in zoneinfo.TZPATH if (Path(path) / "America/New_York").exists())
    for zone in {policy.calendar.time_zone for policy in worked_policies()}:
        (folder / zone).parent.mkdir(parents=True, exist_ok=True)
        (folder / zone).write_bytes((wrong / "America/New_York").read_bytes())
    return folder


def by_the_view(program: Program) -> dict[str, Said]:
    found = {}
    for case in worked_cases():
        at = instant(case.looked_at)
        clocks = [
            Clock(
                one.clock,
                one.level,
                one.number,
                (one.policy_id, one.policy_version),
                one.status,
                one.at_risk,
                int(one.target_seconds),
                one.started_at,
                one.due_at,
                one.met_at,
                one.missed_at,
                one.elapsed_seconds,
                one.paused_seconds,
                one.remaining_seconds,
                one.times_paused,
                one.beyond_horizon,
            )
            for one in clocks_of(program.database, case.reference, at)
        ]
        holders = [tuple(one) for one in holders_of(program.database, case.reference, at)]
        found[case.id] = said(clocks, holders)  # type: ignore[arg-type]
    return found


def by_files(program: Program, folder: Path, zones: Path) -> dict[str, Said]:
    """Each case's events as `case show --events` prints them, through `sla evaluate`."""
    commands = []
    with LogReader(program.database) as log:
        for case in worked_cases():
            path = folder / f"{case.id}.jsonl"
            path.write_bytes(to_lines(log.stream(case_stream_id(case.reference))))
            at = instant(case.looked_at).isoformat()
            commands.append(json.dumps(["sla", "evaluate", str(path), "--at", at, "--json"]))
    done = subprocess.run(
        [sys.executable, "-c", MANY_COMMANDS],
        input="\n".join(commands),
        env={**os.environ, "PYTHONTZPATH": str(zones)},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line, parse_float=Decimal) for line in done.stdout.splitlines()]
    assert [one["case"] for one in answers] == [case.reference for case in worked_cases()]
    return {case.id: by_json(one) for case, one in zip(worked_cases(), answers, strict=True)}


def by_json(answer: dict[str, object]) -> Said:
    clocks = [
        Clock(
            one["clock"],
            one["level"] or "",
            one["number"],
            (one["policy"], one["policy_version"]),
            one["status"],
            one["at_risk"],
            one["target_seconds"],
            *(when(one[name]) for name in ("started_at", "due_at", "met_at", "missed_at")),  # type: ignore[arg-type]
            *(Decimal(one[f"{name}_seconds"]) for name in ("elapsed", "paused", "remaining")),
            one["times_paused"],
            one["beyond_horizon"],
        )
        for one in answer["clocks"]  # type: ignore[attr-defined]
    ]
    holders = [
        (one["holder"], one["organisation"], one["agent"] or "", Decimal(one["seconds"]))
        for one in answer["holders"]  # type: ignore[attr-defined]
    ]
    return said(clocks, holders)


def worked_out(case: WorkedCase) -> Said:
    holders = [(one.holder, one.organisation, one.agent or "", Decimal(one.seconds)) for one in case.holders]
    return said([of_hand(clock) for clock in case.clocks], holders)


def of_hand(clock: ExpectedClock) -> Clock:
    started_at = when_micros(clock.started_at)
    assert started_at is not None
    return Clock(
        clock.clock.value,
        clock.level.value if clock.level else "",
        clock.number,
        clock.policy,
        clock.status,
        clock.at_risk,
        clock.target_seconds,
        started_at,
        when_micros(clock.due_at),
        when_micros(clock.met_at),
        when_micros(clock.missed_at),
        Decimal(clock.elapsed_seconds),
        Decimal(clock.paused_seconds),
        Decimal(clock.remaining_seconds),
        clock.times_paused,
        clock.beyond_horizon,
    )


def said(clocks: Iterable[Clock], holders: Iterable[tuple[str, str, str, Decimal]]) -> Said:
    """The figures in one order, whatever their source."""
    return Said(sorted(clocks, key=lambda clock: (*clock[:3], clock.policy)), sorted(holders))


def when(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def when_micros(at: int | None) -> datetime | None:
    return None if at is None else instant(at)

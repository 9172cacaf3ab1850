"""The cases that were worked out by hand (`worked/*.toml`), read into types; an unknown word in them is
refused.

Each consists of steps that are real commands, so that the same cases can be given to the clocks, as a file of
events to the command line, or as commands to the bus. `worked/README.md` says how a case is written.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from casecore.cases.topics import TOPICS
from casecore.contract.cases import Level
from casecore.contract.service_levels import Clock, Policy
from casecore.service_levels.policy_file import load_policy
from tests.clocks.worked_steps import Step, read_steps
from tests.clocks.worked_words import Part, duration, instant, parts

FOLDER = Path(__file__).parent / "worked"
STATUSES = ("running", "paused", "met", "missed", "cancelled")


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a file; an unknown key is refused."""


class _ClockTable(_Table, frozen=True):
    clock: Clock
    policy: str
    status: str
    target: str
    started: str
    elapsed: str
    remaining: str
    of: str | None = None
    number: int = 1
    elapsed_sum: str | None = None
    paused: str = "0:00"
    paused_sum: str | None = None
    times_paused: int = 0
    due: str | None = None
    due_sum: str | None = None
    met: str | None = None
    missed_from: str | None = None
    at_risk: bool = False
    beyond_horizon: bool = False


class _CaseTable(_Table, frozen=True):
    id: str
    title: str
    story: str
    events: str
    looked_at: str
    holders: dict[str, str]
    clocks: tuple[_ClockTable, ...] = ()
    customer: str = "praxis-weber"
    seller: str = "suedmed"
    partner: str | None = None
    topic: str = "backup_set_up"


class _File(_Table, frozen=True):
    case: tuple[_CaseTable, ...]


class ExpectedClock(msgspec.Struct, frozen=True):
    """The expected figures of a clock; instants are microseconds since 1970. A sum has its parts."""

    clock: Clock
    level: Level | None
    organisation: str | None
    number: int
    policy: tuple[str, int]
    status: str
    target_seconds: int
    started_at: int
    due_at: int | None
    met_at: int | None
    missed_at: int | None
    elapsed_seconds: int
    paused_seconds: int
    times_paused: int
    remaining_seconds: int
    at_risk: bool
    beyond_horizon: bool
    elapsed_sum: tuple[Part, ...]
    paused_sum: tuple[Part, ...]
    due_sum: tuple[Part, ...]


class ExpectedHolder(msgspec.Struct, frozen=True):
    """How long somebody must have had the case, and the times that add up to it."""

    holder: str
    organisation: str
    agent: str | None
    parts_seconds: tuple[int, ...]

    @property
    def seconds(self) -> int:
        return sum(self.parts_seconds)


class WorkedCase(msgspec.Struct, frozen=True):
    """One case: what happened, when it is looked at, and the expected figures."""

    id: str
    theme: str
    title: str
    story: str
    steps: tuple[Step, ...]
    looked_at: int
    clocks: tuple[ExpectedClock, ...]
    holders: tuple[ExpectedHolder, ...]

    @property
    def reference(self) -> str:
        return f"W-{self.id}"


@cache
def worked_cases() -> tuple[WorkedCase, ...]:
    """All of them, in the order of the files and in these."""
    found: list[WorkedCase] = []
    for path in sorted(FOLDER.glob("*.toml")):
        tables = msgspec.toml.decode(path.read_bytes(), type=_File).case
        found += [_case(path.stem, table) for table in tables]
    names = [case.id for case in found]
    assert len(set(names)) == len(names), "an id is used twice"
    return tuple(found)


@cache
def worked_policies() -> tuple[Policy, ...]:
    """The policies that are published for all of them, the versions of each in order."""
    paths = sorted((FOLDER / "policies").glob("*.toml"))
    policies = [load_policy(path, TOPICS) for path in paths]
    return tuple(sorted(policies, key=lambda policy: (policy.id, policy.version)))


def _case(theme: str, table: _CaseTable) -> WorkedCase:
    return WorkedCase(
        id=table.id,
        theme=theme,
        title=table.title,
        story=table.story,
        steps=read_steps(table.events, table.customer, table.seller, table.partner, table.topic),
        looked_at=instant(table.looked_at),
        clocks=tuple(_clock(clock) for clock in table.clocks),
        holders=tuple(_holder(who, times) for who, times in table.holders.items()),
    )


def _clock(table: _ClockTable) -> ExpectedClock:
    assert table.status in STATUSES, table.status
    assert (table.status == "missed") == (table.missed_from is not None), "since when is it missed?"
    level, _, organisation = (table.of or "").partition(" ")
    policy, _, version = table.policy.partition(" ")
    return ExpectedClock(
        clock=table.clock,
        level=Level(level) if level else None,
        organisation=organisation or None,
        number=table.number,
        policy=(policy, int(version)),
        status=table.status,
        target_seconds=duration(table.target),
        started_at=instant(table.started),
        due_at=None if table.due is None else instant(table.due),
        met_at=None if table.met is None else instant(table.met),
        missed_at=None if table.missed_from is None else instant(table.missed_from),
        elapsed_seconds=duration(table.elapsed),
        paused_seconds=duration(table.paused),
        times_paused=table.times_paused,
        remaining_seconds=duration(table.remaining),
        at_risk=table.at_risk,
        beyond_horizon=table.beyond_horizon,
        elapsed_sum=parts(table.elapsed_sum),
        paused_sum=parts(table.paused_sum),
        due_sum=parts(table.due_sum),
    )


def _holder(who: str, times: str) -> ExpectedHolder:
    holder, organisation, *agent = who.split(" ")
    seconds = tuple(duration(time) for time in times.split(" + "))
    return ExpectedHolder(holder, organisation, agent[0] if agent else None, seconds)

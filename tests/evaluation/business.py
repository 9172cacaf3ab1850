"""Some hundred cases that go their ways in a store of their own: the same at every call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

from casecore.cases import commands as c
from casecore.cases.decider import CASES
from casecore.clocks.instants import micros
from casecore.commands.bus import CommandBus
from casecore.contract.cases import Category, Priority, Sender
from casecore.contract.service_levels import Covers
from casecore.decider.command import Command
from casecore.decider.refusal import Refusal
from casecore.service_levels.commands import PublishCalendar, PublishPolicy, ServiceLevelCommand
from casecore.service_levels.decider import SERVICE_LEVELS
from casecore.store.migrations import migrate
from tests.cases.promises import SHA, calendar, policy
from tests.clocks.casebook import CUSTOMER, RESELLER, SYSTEM, VENDOR

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
AT = micros(MONDAY + timedelta(days=20))
CASES_IN_STORE = 300

OLD = policy("whole", hours=8, match={"priorities": (Priority.HIGH, Priority.URGENT)})
OLD_LEVEL = policy("level", Covers.LEVEL_1, hours=4)
NEW = policy("whole", hours=2, version=2)
NEW_LEVEL = policy("other-level", Covers.LEVEL_1, hours=30, match={"topics": ("recovery",)})
SELLERS = policy("sellers", Covers.LEVEL_0, organisation=RESELLER, hours=3)


def commands() -> Iterator[Command]:
    """Calendars and policies, and then some hundred cases that go their ways: the same at every call."""
    chance = Random(7)
    publish = [
        PublishCalendar(organisation=VENDOR, calendar=calendar(), definition_sha256=SHA),
        PublishPolicy(policy=OLD, definition_sha256=SHA),
        PublishPolicy(policy=OLD_LEVEL, definition_sha256=SHA),
    ]
    for do in publish:
        yield ServiceLevelCommand(command_id=uuid4(), actor=SYSTEM, do=do)
    for number in range(CASES_IN_STORE):
        at = MONDAY + timedelta(minutes=chance.randrange(10_000))
        for step in life(chance):
            yield c.CaseCommand(
                command_id=uuid4(), actor=SYSTEM, occurred_at=at, case=f"C-{number:03}", do=step
            )
            at += timedelta(minutes=chance.randrange(600))


def life(chance: Random) -> Iterator[c.PlainAction]:
    yield c.OpenCase(
        customer=CUSTOMER,
        seller=RESELLER,
        category=Category.TECHNICAL_SUPPORT,
        topic=chance.choice(["recovery", "troubleshooting"]),
        priority=chance.choice(list(Priority)),
    )
    steps: list[c.PlainAction] = [
        c.TakeCase(agent="ida"),
        c.PostMessage(text="Hello", sender=Sender.AGENT),
        c.WaitForCustomer(),
        c.EscalateCase(),
        c.AssignCase(agent="vera"),
        c.PostMessage(text="Hello?", sender=Sender.CUSTOMER),
        c.ResolveCase(resolution_code="solved"),
        c.CloseCase(),
    ]
    yield from (step for step in steps if chance.random() < 0.8)


def filled_store(database: str) -> str:
    """A database with that history; what is illegal in it was refused."""
    migrate(database)
    give(database, commands())
    return database


def give(database: str, given: Iterator[Command]) -> None:
    """Give commands, of which most are legal."""
    with CommandBus(database, [CASES, SERVICE_LEVELS], VENDOR) as bus:
        futures = [bus.submit(command) for command in given]
        refused = [future.exception() for future in futures if future.exception() is not None]
    assert all(isinstance(error, Refusal) for error in refused)
    assert len(refused) < len(futures) / 3

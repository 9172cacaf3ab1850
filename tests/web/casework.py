"""Cases on the page's database: what people did with them, in views that have all of it."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

from casecore.app.actors import parse_actor
from casecore.app.addresses import Addresses
from casecore.app.application import Application, open_app
from casecore.app.settings import read_settings
from casecore.cases import commands as c
from casecore.contract.cases import Category
from casecore.contract.envelope import Role
from casecore.contract.service_levels import Calendar, Policy
from casecore.decider.command import GivenActor
from casecore.service_levels.commands import PublishCalendar, PublishPolicy, ServiceLevelCommand
from projections.sla.projection import SLA
from projections.timeline.projection import TIMELINE
from projections.workload.projection import WORKLOAD
from tests.cases.promises import SHA
from tests.projections.stored import fold_store

IDA, JAN = "seller:nord:ida", "seller:nord:jan"
VERA = "vendor:vendor:vera"
OEHLER = "customer:praxis-ost:oehler"
OPENING = c.OpenCase(
    customer="praxis-ost",
    seller="nord",
    category=Category.TECHNICAL_SUPPORT,
    topic="troubleshooting",
    subject="Error 17",
)
_SYSTEM = GivenActor("setup", "casecore", Role.SYSTEM)


class Casework:
    """Does something with cases, some minutes ago; `fold` brings the views up to it."""

    def __init__(self, database: str) -> None:
        self._database = database

    def promise(self, calendar: Calendar, *policies: Policy) -> None:
        """Publish a calendar, and policies with it."""
        published = [PublishPolicy(policy=one, definition_sha256=SHA) for one in policies]
        calendar_of = PublishCalendar(
            organisation=policies[0].organisation, calendar=calendar, definition_sha256=SHA
        )
        with self.app() as app:
            for do in (calendar_of, *published):
                app.bus.give(ServiceLevelCommand(command_id=uuid4(), actor=_SYSTEM, do=do))

    def do(self, actor: str, case: str, *steps: tuple[c.PlainAction, float]) -> None:
        """Somebody does this, each so many minutes ago."""
        now = datetime.now(UTC)
        with self.app() as app:
            for do, minutes_ago in steps:
                at = now - timedelta(minutes=minutes_ago)
                command = c.CaseCommand(
                    command_id=uuid4(), actor=parse_actor(actor), occurred_at=at, case=case, do=do
                )
                app.bus.give(command)

    def fold(self) -> None:
        """Bring the views up to what was done."""
        for view in (WORKLOAD, TIMELINE, SLA):
            fold_store(self._database, view)

    def app(self) -> AbstractContextManager[Application]:
        """An installation on the same database, without a Kafka."""
        settings = read_settings({"CASECORE_DATABASE": self._database})
        return open_app(settings, Addresses(self._database, "127.0.0.1:1"))


def ago(minutes: float) -> str:
    """An instant so many minutes ago, as an address has it."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def read(page: str) -> str:
    """What somebody reads, without marks and double blanks."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())

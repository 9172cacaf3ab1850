"""A help desk with cases of two sellers, folded into the views that pictures are of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from casecore.app.actors import parse_actor
from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.cases import act_on_case
from casecore.app.command_context import CommandContext
from casecore.app.settings import read_settings
from casecore.cases import commands as c
from casecore.contract.cases import Category, Priority
from projections.billing.projection import BILLING
from projections.sla.projection import SLA
from projections.workload.projection import WORKLOAD
from tests.api.desk import published
from tests.projections.stored import fold_store
from tests.web.sites import Site

IDA = "seller:nord:ida"


@pytest.fixture
def desk(site: Site, tmp_path: Path) -> Site:
    """Seven cases of nord's, at different places, and one of sued's with a name that is a formula."""
    now = datetime.now(UTC)
    published(site.database)
    settings = read_settings({"CASECORE_DATABASE": site.database, "CASECORE_HOME": str(tmp_path)})
    with open_app(settings, Addresses(site.database, "127.0.0.1:1")) as app:

        def act(case: str, actor: str, days_ago: float, *commands: c.CaseCommand) -> None:
            for place, command in enumerate(commands):
                at = now - timedelta(days=days_ago) + timedelta(minutes=place)
                act_on_case(app, case, command, CommandContext(parse_actor(actor), at))

        def opening(seller: str, customer: str, priority: Priority = Priority.NORMAL) -> c.OpenCase:
            return c.OpenCase(
                customer=customer,
                seller=seller,
                category=Category.TECHNICAL_SUPPORT,
                topic="troubleshooting",
                priority=priority,
                subject="It does not start",
            )

        for number in range(6):
            act(f"C-{number}", IDA, 20 - number, opening("nord", "praxis", list(Priority)[number % 4]))
        act("C-0", IDA, 19, c.TakeCase(agent="ida"), c.RecordEffort(minutes=30, note="looked"))
        act("C-0", IDA, 10, c.ResolveCase(resolution_code="solved", summary="done"))
        act("C-1", IDA, 15, c.TakeCase(agent="ida"), c.EscalateCase(reason="too hard"))
        act("C-2", IDA, 12, c.TakeCase(agent="jan"), c.WaitForCustomer(reason="asked"))
        act("C-6", IDA, 12, opening("nord", "praxis"), c.TakeCase(agent="jan"))
        act("C-3", IDA, 11, c.TakeCase(agent=None))
        act("S-1", "seller:sued:tom", 3, opening("sued", "=cmd"), c.TakeCase(agent="=1+1"))
    for view in (WORKLOAD, SLA, BILLING):
        fold_store(site.database, view)
    return site

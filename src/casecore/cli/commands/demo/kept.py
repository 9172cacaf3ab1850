"""A demo that is left up: cases that wait for its people, and what one has to know to look at them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from casecore.app.actors import parse_actor
from casecore.app.application import Application
from casecore.app.cases import act_on_case
from casecore.app.command_context import CommandContext
from casecore.app.running.listening import page_of
from casecore.app.settings import Settings
from casecore.cases import commands as c
from casecore.cli.output import screen
from casecore.contract.cases import Audience, Category, Priority

_PRACTICE = "customer:praxis-ost:dr-oehler"
_IDA, _JAN = "seller:nord:ida", "seller:nord:jan"
_VERA = "vendor:vendor:vera"
_OLAF = "seller:vendor:olaf"
"""For the clinic, to which the vendor itself has sold."""
_CLINIC, _PARTNER = "customer:klinik-west:petra", "partner:sued:sara"


class _Step(NamedTuple):
    """What somebody did, so many hours ago."""

    hours: float
    actor: str
    do: c.CaseAction


def _opened(topic: str, subject: str, priority: Priority = Priority.NORMAL) -> c.OpenCase:
    return c.OpenCase(
        customer="praxis-ost",
        seller="nord",
        category=Category.TECHNICAL_SUPPORT,
        topic=topic,
        priority=priority,
        subject=subject,
    )


_INTERNAL = c.PostMessage(
    text="The log has error 17 in each line.\nIt began with the update.",
    audience=Audience.INTERNAL,
    readers=("nord", "vendor"),
)

_CASES: Mapping[str, tuple[_Step, ...]] = {
    "C-2001": (
        _Step(0.5, _PRACTICE, _opened("server_installation", "The server does not start", Priority.URGENT)),
    ),
    "C-2002": (_Step(5, _PRACTICE, _opened("licence_renewal", "The licence ends in May", Priority.LOW)),),
    "C-2003": (
        _Step(26, _PRACTICE, _opened("software_update", "The update asks for a password")),
        _Step(25, _IDA, c.TakeCase(agent="ida")),
        _Step(24, _IDA, c.PostMessage(text="Which version does it want to install?")),
        _Step(24, _IDA, c.WaitForCustomer(reason="asked for the version")),
    ),
    "C-2004": (
        _Step(50, _PRACTICE, _opened("image_source_interface", "3D pictures have no name", Priority.HIGH)),
        _Step(48, _JAN, c.TakeCase(agent="jan")),
        _Step(47.5, _JAN, c.RecordEffort(minutes=30, note="looked at the log")),
    ),
    "C-2005": (
        _Step(30, _PRACTICE, _opened("troubleshooting", "Error 17 when a study is opened", Priority.HIGH)),
        _Step(29, _IDA, c.TakeCase(agent="ida")),
        _Step(28, _IDA, _INTERNAL),
        _Step(28, _IDA, c.EscalateCase(reason="error 17 in the log")),
        _Step(27, _VERA, c.AssignCase(agent="vera")),
    ),
    "C-2006": (
        _Step(1.5, _PRACTICE, _opened("recovery", "Pictures of last week are gone", Priority.URGENT)),
        _Step(1.2, _PRACTICE, c.EscalateCase(reason="the practice cannot work")),
    ),
    "C-2007": (
        _Step(76, _PRACTICE, _opened("activation", "A second workplace is not active")),
        _Step(75, _JAN, c.TakeCase(agent="jan")),
        _Step(73, _JAN, c.ResolveCase(resolution_code="solved", summary="Activated by telephone.")),
    ),
    "C-2008": (
        _Step(
            20,
            _CLINIC,
            c.OpenCase(
                customer="klinik-west",
                seller="vendor",
                partner="sued",
                category=Category.USER_SUPPORT,
                topic="training",
                subject="Training for four new colleagues",
            ),
        ),
        _Step(19, _PARTNER, c.TakeCase(agent="sara")),
    ),
    "C-2009": (
        _Step(
            3,
            _CLINIC,
            c.OpenCase(
                customer="klinik-west",
                seller="vendor",
                category=Category.TECHNICAL_SUPPORT,
                topic="backup_set_up",
                subject="The backup ends after an hour",
            ),
        ),
        _Step(2, _OLAF, c.TakeCase(agent="olaf")),
    ),
}


def open_cases(app: Application) -> None:
    """Open cases of these days, at all levels."""
    now = datetime.now(UTC)
    for case, steps in _CASES.items():
        for step in steps:
            at = now - timedelta(hours=step.hours)
            act_on_case(app, case, step.do, CommandContext(parse_actor(step.actor), at))


def print_kept(own: Settings) -> None:
    """Where the page is, how the other commands reach the demo, and how it ends."""
    for line in (
        f"  Page      {page_of(own.api)}",
        "            log in as ida, jan, vera, olaf or dr-oehler by one click, from this machine only",
        f"  Commands  CASECORE_HOME={own.home} CASECORE_HEALTH_PORT={own.health_port} casecore workload",
        "  End it    `make down`, or `casecore down`: it is removed then",
    ):
        screen.print(line, markup=False, soft_wrap=True)

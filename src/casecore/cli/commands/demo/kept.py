"""A demo that is left up: cases that wait for its people, and what one has to know to look at them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from casecore.app.actors import parse_actor
from casecore.app.application import Application
from casecore.app.cases import act_on_case
from casecore.app.command_context import CommandContext
from casecore.app.running.listening import page_of
from casecore.app.service_levels.policies_and_calendars import read_book
from casecore.app.settings import Settings
from casecore.cases import commands as c
from casecore.cli.commands.demo.files import LOG
from casecore.cli.output import screen
from casecore.contract.cases import Audience, Category, Priority

_PRACTICE = "customer:praxis-ost:dr-oehler"
_IDA, _JAN = "seller:nord:ida", "seller:nord:jan"
_VERA = "vendor:vendor:vera"
_OLAF = "vendor:vendor:olaf"
_SELLS = "seller:vendor:sven"
"""The vendor itself has sold to the clinic."""
_CLINIC, _PARTNER = "customer:klinik-west:petra", "partner:sued:sara"


# Of the example's log; the pictures of operations are of the last months where nothing else is asked for.
_YEAR_OF_LOG = "operations?seller=helpdesk&since=2013-01-01&until=2013-12-31"
_BERLIN = ZoneInfo("Europe/Berlin")
_BEGINS_AT, _ENDS_AT, _SATURDAY = 8, 17, 5


class _Step(NamedTuple):
    """What somebody did, so many office hours ago."""

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
    "C-2002": (_Step(4, _PRACTICE, _opened("licence_renewal", "The licence ends in May", Priority.LOW)),),
    "C-2003": (
        _Step(12, _PRACTICE, _opened("software_update", "The update asks for a password")),
        _Step(11.5, _IDA, c.TakeCase(agent="ida")),
        _Step(10.5, _IDA, c.PostMessage(text="Which version does it want to install?")),
        _Step(10.5, _IDA, c.WaitForCustomer(reason="asked for the version")),
    ),
    "C-2004": (
        _Step(20, _PRACTICE, _opened("image_source_interface", "3D pictures have no name", Priority.HIGH)),
        _Step(19.5, _JAN, c.TakeCase(agent="jan")),
        _Step(19, _JAN, c.RecordEffort(minutes=30, note="looked at the log")),
    ),
    "C-2005": (
        _Step(21, _PRACTICE, _opened("troubleshooting", "Error 17 when a study is opened", Priority.HIGH)),
        _Step(20.5, _IDA, c.TakeCase(agent="ida")),
        _Step(19.8, _IDA, _INTERNAL),
        _Step(19.5, _IDA, c.EscalateCase(reason="error 17 in the log")),
        _Step(18.8, _VERA, c.AssignCase(agent="vera")),
        _Step(17.6, _VERA, c.PostMessage(text="Which version has the server, and which the workplaces?")),
        _Step(17.5, _VERA, c.WaitForCustomer(reason="asked for the versions")),
        _Step(9, _PRACTICE, c.PostMessage(text="7.2 on the server, and 7.1 at two of five workplaces.")),
        _Step(7.2, _VERA, c.PostMessage(text="Then patch 3 is missing at these two. I look for its file.")),
        # It was written down days after it was done.
        _Step(20.2, _IDA, c.RecordEffort(minutes=25, note="read the log with the practice, by telephone")),
    ),
    "C-2006": (
        _Step(1.5, _PRACTICE, _opened("recovery", "Pictures of last week are gone", Priority.URGENT)),
        _Step(1.2, _PRACTICE, c.EscalateCase(reason="the practice cannot work")),
    ),
    "C-2007": (
        _Step(30, _PRACTICE, _opened("activation", "A second workplace is not active")),
        _Step(29.5, _JAN, c.TakeCase(agent="jan")),
        _Step(28, _JAN, c.ResolveCase(resolution_code="solved", summary="Activated by telephone.")),
    ),
    "C-2008": (
        _Step(
            10,
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
        _Step(9, _PARTNER, c.TakeCase(agent="sara")),
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
        _Step(2.8, _SELLS, c.TakeCase(agent="sven")),
        _Step(2.5, _SELLS, c.EscalateCase(reason="the backup needs a look at level 1")),
        _Step(2, _OLAF, c.AssignCase(agent="olaf")),
    ),
}


def open_cases(app: Application, now: datetime) -> None:
    """Open cases of the days before `now`, at all levels; nobody worked on a holiday of their calendars."""
    versions = read_book(app).calendars.values()
    holidays = {day for one in versions for published in one for day in published.calendar.holidays}
    for case, steps in _CASES.items():
        for step in steps:
            at = office_hours_before(now, step.hours, holidays)
            act_on_case(app, case, step.do, CommandContext(parse_actor(step.actor), at))


def office_hours_before(now: datetime, hours: float, holidays: Collection[date]) -> datetime:
    """When so many office hours were left: whenever the demo is begun, its people were at work."""
    at, left = now.astimezone(_BERLIN), timedelta(hours=hours)
    while True:
        begin = at.replace(hour=_BEGINS_AT, minute=0, second=0, microsecond=0)
        at = min(at, begin.replace(hour=_ENDS_AT))
        if begin < at and at.weekday() < _SATURDAY and at.date() not in holidays:
            if left <= at - begin:
                return (at - left).astimezone(UTC)
            left -= at - begin
        at = begin.replace(hour=_ENDS_AT) - timedelta(days=1)


def print_kept(own: Settings, log: Path) -> None:
    """Where the page is, how the other commands reach the demo, and how it ends; `log` was imported."""
    page = page_of(own.api)
    of_log = [f"  The log   {page}{_YEAR_OF_LOG}, as olaf"] if log == LOG else []
    for line in (
        f"  Page      {page}",
        "            log in as ida, jan, vera, olaf or dr-oehler by one click, from this machine only",
        *of_log,
        f"  Commands  CASECORE_HOME={own.home} CASECORE_HEALTH_PORT={own.health_port} casecore workload",
        "  End it    `make down`, or `casecore down`: it is removed then",
    ):
        screen.print(line, markup=False, soft_wrap=True)

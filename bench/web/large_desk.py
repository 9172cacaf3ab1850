"""The help desk of data/ with many times its cases, in the store and in all views, for the row `web`.

The log is shifted by whole weeks, so that it ends now, and is imported by the program's own importer, under
the help desk's policies; the program's own relay and views fold it, and warnings and misses are recorded.
`bench.web.copies` then multiplies what is in the store and in the views, case by case, and some copies are
compared with the fold of their events, as the audit does it. What is not as if all of them had been imported:
the copies have no receipts, are in no topic, were recorded when the case that they are of was, and happened
at the same instants as that, so that there are no more sums by day than those of one log. Packages come from
`bench.packages`; the program charges them, settles their years and issues their documents.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psycopg

from bench.load import CUSTOMER
from bench.packages import SELLERS, VENDOR, YEARS, customer_of, fill_packages
from bench.servers import casecore, process, unfolded, wait
from bench.stages import Stage, Stages
from bench.web.commands_beside import SELLER
from bench.web.copies import FIRST_COPY_AT, copy_cases, differences
from casecore.app.actors import parse_actor
from casecore.app.application import Application, open_app
from casecore.app.billing.runs import charge_until, close, issue_invoices, last_due_day
from casecore.app.command_context import CommandContext
from casecore.app.imports import PARTY_TABLE, import_log, import_rows
from casecore.app.service_levels.pinning import pin_policy
from casecore.app.service_levels.policies_and_calendars import publish_calendar, publish_policy
from projections.catalogue import VIEWS

_LOG, _MAPPING = Path("data/helpdesk.xes.gz"), Path("data/helpdesk.toml")
_PARTIES = Path("docs/examples/parties.csv")
_SERVICE_LEVELS = Path("docs/service-levels")
_CALENDAR, _POLICIES = Path("calendars/helpdesk.toml"), ("helpdesk-end-to-end", "helpdesk-level-0")
_STAMP = re.compile(rb'(?<=key="time:timestamp" value=")[^"]+')
_DAYS = {
    name: re.compile(rf"^{name} = .*$", re.MULTILINE) for name in ("first_on", "last_on", "in_force_from")
}
_COMPARED = 100
"""Copies that are compared with what follows from their events."""

_MOST_EVENTS = 40_000
"""More than the log makes."""
_BY, _OWN = parse_actor("vendor:vendor:bench"), parse_actor("seller:helpdesk:bench")


class LargeDesk(NamedTuple):
    """A stage with all of it, and how many cases it has."""

    stage: Stage
    cases: int


def large_desk(stages: Stages, copies: int, packages: int) -> LargeDesk:
    """The help desk with so many copies of each case, and so many packages with yearly fees."""
    stage = stages.stage("desk")
    with psycopg.connect(stage.addresses.database, autocommit=True) as connection:
        first = FIRST_COPY_AT + copies * _MOST_EVENTS
        connection.execute(f"alter table casecore.stored_events alter notification_id restart {first}")
    with open_app(stage.settings, stage.addresses) as app:
        _fill_cases(app)
        _fill_money(app, packages)
    with views_at_work(stage):
        wait("the views have the log", lambda: not unfolded(stage.settings, stage.addresses))
        casecore(stage.settings, stage.addresses, "sla", "watch", "--once")
        wait("the views have all of it", lambda: not unfolded(stage.settings, stage.addresses))
    cases = copy_cases(stage.addresses.database, copies)
    if found := differences(stage.addresses.database, _COMPARED):
        raise SystemExit(
            f"{found[0].view}.{found[0].table} of a copy is not what its events say: {found[0].row}"
        )
    with psycopg.connect(stage.addresses.database, autocommit=True) as connection:
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")
    return LargeDesk(stage, cases)


@contextmanager
def views_at_work(stage: Stage) -> Iterator[None]:
    """The relay and all views' runners, until the block ends."""
    with ExitStack() as running:
        for arguments in (("relay",), *(("project", view) for view in sorted(VIEWS))):
            running.enter_context(process(stage.settings, stage.addresses, *arguments))
        yield


def _fill_cases(app: Application) -> None:
    home, log = app.settings.home, _shifted(gzip.decompress(_LOG.read_bytes()))
    for name in (_CALENDAR, *(Path(f"{policy}.toml") for policy in _POLICIES)):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(_of_years(log, (_SERVICE_LEVELS / name).read_text()))
    publish_calendar(app, home / _CALENDAR, CommandContext(_BY))
    for policy in _POLICIES:
        publish_policy(app, home / f"{policy}.toml", CommandContext(_BY))
    (home / _LOG.name).write_bytes(gzip.compress(log, 1))
    import_log(app, home / _LOG.name, _MAPPING)
    for policy in _POLICIES:
        _, pinned = pin_policy(app, policy, None, _OWN, "after the import")
        if pinned.refused:
            raise SystemExit(f"{policy} was not pinned: {pinned.refusals[0]}")


def _of_years(log: bytes, text: str) -> str:
    """A calendar or a policy from the year of the log's first instant on until the end of the next year."""
    first = min(datetime.fromisoformat(found.decode()) for found in _STAMP.findall(log)).year
    begins, ends = f"{first}-01-01", f"{datetime.now(UTC).year + 1}-12-31"
    for name, line in _DAYS.items():
        text = line.sub(f"{name} = {ends if name == 'last_on' else begins}", text)
    return text


def _shifted(log: bytes) -> bytes:
    """The same log, so many weeks later that the last week of it is over."""
    last = max(datetime.fromisoformat(found.decode()) for found in _STAMP.findall(log))
    later = timedelta(weeks=(datetime.now(UTC) - last).days // 7)

    def moved(found: re.Match[bytes]) -> bytes:
        return (datetime.fromisoformat(found[0].decode()) + later).isoformat().encode()

    return _STAMP.sub(moved, log)


def _fill_money(app: Application, packages: int) -> None:
    """Packages of resellers and of the vendor's own customers, charged until today, settled and invoiced."""
    parties = app.settings.home / "parties.csv"
    parties.write_text("\n".join(_party_lines(packages)))
    import_rows(app, PARTY_TABLE, parties, _BY)
    fill_packages(app.database, packages)
    charge_until(app, last_due_day(None))
    this_year = datetime.now(UTC).year
    for year in range(this_year - YEARS, this_year - 1):
        close(app, year)
    issue_invoices(app)


def _party_lines(packages: int) -> Iterator[str]:
    """The vendor as in the documentation's example, the resellers, and the vendor's own customers.

    Also the help desk and the customer of the commands beside: who opens a case must name known parties.
    """
    header, vendor = _PARTIES.read_text().splitlines()[:2]
    yield from (header, vendor)
    places = ",Hafenstraße 1,20457,Hamburg,DE" + "," * (header.count(",") - 6)
    yield from (f"{one},reseller,Reseller {one}{places}" for one in (*SELLERS, SELLER) if one != VENDOR)
    direct = {customer_of(number) for number in range(0, packages, len(SELLERS))} | {CUSTOMER.organisation}
    yield from (f"{one},customer,Praxis {one}{places}" for one in sorted(direct))

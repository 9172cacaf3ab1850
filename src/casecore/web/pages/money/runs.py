"""The vendor's billing runs: where they are started, which there were, and what came of one."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple, get_args
from uuid import UUID

import msgspec

from casecore.app.background_runs.asked import BillingRun
from casecore.app.background_runs.operation import Operation
from casecore.app.background_runs.running import Operations
from casecore.billing.checks import check_actor
from casecore.decider.business_day import day_of
from casecore.http.cursors import cut_page, read_cursor
from casecore.store.operations import OperationPlace
from casecore.web.pages.money.lists import SCOPES, SECTION, next_address
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.rendering.words import N_

_PER_PAGE = 20
_EVERY_SECONDS = 5
KINDS = tuple(str(one.__struct_config__.tag) for one in get_args(BillingRun))


class AskedRuns(PageAsked, frozen=True):
    """Where the list of runs goes on."""

    cursor: str = ""


class AskedOperation(PageAsked, frozen=True):
    """Which run, by its id."""

    operation: UUID


class Settled(msgspec.Struct, frozen=True):
    """A settlement that a run closed, or found closed."""

    seller: str
    year: int
    documents: int
    net_cents: int
    gross_cents: int


class RunOutcome(msgspec.Struct, frozen=True):
    """What a run has done, of whichever kind: the figures that its kind has not are left as they are here.

    `failed` says why for each, in English.
    """

    until: date | None = None
    packages: int | None = None
    fees: int | None = None
    reversals: int | None = None
    recorded: int | None = None
    reversed: int | None = None
    left: int | None = None
    settlements: list[Settled] = []
    documents: list[str] = []
    nothing_to_settle: list[str] = []
    held: list[str] = []
    failed: dict[str, str] = {}
    left_out: list[str] = []
    uncharged: msgspec.Raw = msgspec.Raw(b"null")
    reversal: str | None = None
    replacement: str | None = None

    @property
    def has_uncharged(self) -> bool:
        """Whether there were fees that no run has recorded, which had to come first."""
        return bytes(self.uncharged) != b"null"


class ShownRun(NamedTuple):
    """A run: what it was asked to do, and what came of it.

    `until` is the day until which it goes, None where none was named, and `asked` is what else was asked for.
    `outcome` is None until it is done.
    """

    operation: Operation
    kind: str
    until: date | None
    asked: dict[str, str]
    outcome: RunOutcome | None


class Runs(NamedTuple):
    """What can be started, and the last runs; `today` is the last day until which fees can be recorded."""

    is_vendor: bool
    today: date
    last_year: int
    runs: list[ShownRun]
    is_first_page: bool
    next: str | None


class RunPage(NamedTuple):
    """A run."""

    is_vendor: bool
    run: ShownRun


def load_runs(look: Look, asked: AskedRuns) -> Shown:
    """What can be started, and the runs that somebody of one's own organisation started."""
    check_actor(look.identity.actor, look.app.settings.vendor)
    today = day_of(look.now)
    after = read_cursor(asked.cursor, OperationPlace) if asked.cursor else None
    found = Operations(look.app).latest(look.identity.actor.organisation, KINDS, _PER_PAGE + 1, after)
    page = cut_page(found, _PER_PAGE, lambda one: OperationPlace(one.started_at, one.operation))
    return Shown(
        title=N_("Billing runs"),
        content=Runs(
            is_vendor=look.viewer.is_vendor,
            today=today,
            last_year=today.year - 1,
            runs=[_shown(one) for one in page.rows],
            is_first_page=after is None,
            next=next_address("/money/runs", asked, page.next),
        ),
        api="/v1/operations",
        every_seconds=_EVERY_SECONDS if any(one.status == "running" for one in page.rows) else 0,
    )


def load_run(look: Look, asked: AskedOperation) -> Shown:
    """A run that somebody of one's own organisation started."""
    found = Operations(look.app).find(asked.operation, look.identity.actor.organisation, KINDS)
    return Shown(
        title=N_("Billing run"),
        content=RunPage(look.viewer.is_vendor, _shown(found)),
        api=f"/v1/operations/{asked.operation}",
    )


def _shown(operation: Operation) -> ShownRun:
    wanted: dict[str, Any] = msgspec.json.decode(operation.asked)
    kind, until = str(wanted.pop("kind")), wanted.pop("until", None)
    figures = operation.figures
    return ShownRun(
        operation=operation,
        kind=kind,
        until=None if until is None else date.fromisoformat(until),
        asked={name: str(value) for name, value in wanted.items()},
        outcome=None if figures is None else msgspec.json.decode(figures, type=RunOutcome),
    )


RUNS = SitePage("/money/runs", SECTION, SCOPES, AskedRuns, "money/runs.html", load_runs)
PAGES: tuple[AnyPage, ...] = (
    RUNS,
    SitePage("/money/runs/{operation}", SECTION, SCOPES, AskedOperation, "money/run.html", load_run),
)

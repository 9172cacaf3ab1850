"""The vendor's runs of billing: where they are started, and what came of one."""

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
from casecore.web.pages.money.lists import SCOPES, SECTION
from casecore.web.pages.page import AnyPage, Look, PageAsked, Shown, SitePage
from casecore.web.rendering.words import N_

KINDS = tuple(str(one.__struct_config__.tag) for one in get_args(BillingRun))


class AskedRuns(PageAsked, frozen=True):
    """Nothing: it is of the installation."""


class AskedOperation(PageAsked, frozen=True):
    """Which run, by its id."""

    operation: UUID


class Runs(NamedTuple):
    """What can be started; `today` is the last day until which fees can be recorded."""

    is_vendor: bool
    today: date
    last_year: int


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


class RunPage(NamedTuple):
    """A run; `asked` is what it was asked to do, `outcome` is None until it is done."""

    is_vendor: bool
    operation: Operation
    kind: str
    asked: dict[str, str]
    outcome: RunOutcome | None


def load_runs(look: Look, _: AskedRuns) -> Shown:
    """What can be started."""
    check_actor(look.identity.actor, look.app.settings.vendor)
    today = day_of(look.now)
    return Shown(title=N_("Runs of billing"), content=Runs(look.viewer.is_vendor, today, today.year - 1))


def load_run(look: Look, asked: AskedOperation) -> Shown:
    """A run that somebody of one's own organisation started."""
    found = Operations(look.app).find(asked.operation, look.identity.actor.organisation, KINDS)
    wanted: dict[str, Any] = msgspec.json.decode(found.asked)
    kind = str(wanted.pop("kind"))
    outcome = None if found.figures is None else msgspec.json.decode(found.figures, type=RunOutcome)
    return Shown(
        title=N_("Run of billing"),
        content=RunPage(
            is_vendor=look.viewer.is_vendor,
            operation=found,
            kind=kind,
            asked={name: str(value) for name, value in wanted.items()},
            outcome=outcome,
        ),
        api=f"/v1/operations/{asked.operation}",
    )


RUNS = SitePage("/money/runs", SECTION, SCOPES, AskedRuns, "money/runs.html", load_runs)
PAGES: tuple[AnyPage, ...] = (
    RUNS,
    SitePage("/money/runs/{operation}", SECTION, SCOPES, AskedOperation, "money/run.html", load_run),
)

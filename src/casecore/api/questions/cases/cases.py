"""What can be asked about cases: a list of them, and one."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, TypeAlias

import msgspec

from casecore.api.questions.lookups import CaseLookups
from casecore.api.questions.page import AskedPage, asked_place, next_page, page_of, rows_for
from casecore.api.questions.question import AnswerAtOnce, AnyQuestion, Asked, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.seen.case import CaseLook, CaseNotInViews, look_at_case
from casecore.app.seen.rows import current_case
from casecore.app.seen.subjects import look_at_subjects
from casecore.contract.cases import Category, Level, Priority, State
from casecore.contract.envelope import Instant
from casecore.http.cursors import not_of_this_list
from casecore.http.problems import InvalidRequest
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.workload.case_list import CaseFilter, CaseOrder, CasePlace, list_cases, place_of
from projections.workload.tables import CaseRow

CaseName: TypeAlias = Annotated[str, msgspec.Meta(max_length=200, description="A case's reference.")]

_Subject: TypeAlias = Annotated[
    str | None,
    msgspec.Meta(
        description="What the case is about, in the words of who opened it; personal data, as in its "
        "timeline. Null where nothing was said, and while the view of its events does not have the case."
    ),
]

# How many messages a case has would say that there are some that the viewer does not see; and its version
# that one came: of one case it is answered as of the last event that the viewer sees.
Case = shape_of(CaseRow, name="Case", without=("messages",))
ListedCase = shape_of(
    CaseRow, name="ListedCase", without=("messages", "version"), more=(("subject", _Subject),)
)


class CaseSort(Enum):
    """By what cases are sorted; with `-` the latest or most urgent come first."""

    OPENED_FIRST = "opened_at"
    OPENED_LAST = "-opened_at"
    MOVED_FIRST = "last_move_at"
    MOVED_LAST = "-last_move_at"
    LEAST_URGENT = "priority"
    MOST_URGENT = "-priority"

    @property
    def order(self) -> CaseOrder:
        """The order of the list."""
        return CaseOrder(self.value.removeprefix("-"), descending=self.value.startswith("-"))


class CaseOf(Asked, frozen=True):
    """Which case."""

    case: CaseName


class CasesOf(AskedPage, frozen=True):
    """Which cases, of those that the identity sees; open ones, unless a state or `ended` is given.

    `organisation` is whose turn it is, `waiting` whether it waits for the customer. Opened at or after
    `opened_since`, and before `opened_until`.
    """

    state: State | None = None
    level: Level | None = None
    organisation: str | None = None
    agent: str | None = None
    customer: str | None = None
    seller: str | None = None
    partner: str | None = None
    topic: str | None = None
    category: Category | None = None
    priority: Priority | None = None
    waiting: bool | None = None
    opened_since: Instant | None = None
    opened_until: Instant | None = None
    ended: bool = False
    sort: CaseSort = CaseSort.OPENED_LAST


class OneCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it stands, with the version of its last event that the identity sees."""

    case: Case  # type: ignore[valid-type]


class CaseList(msgspec.Struct, frozen=True, kw_only=True):
    """Cases, as they are sorted; `next` is the cursor of the next page, null if there is none."""

    cases: list[ListedCase]  # type: ignore[valid-type]
    next: str | None


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a list goes on, and by what it is sorted."""

    sort: CaseSort
    value: Instant | int
    reference: str


def one_case(app: Application, viewer: Viewer, asked: CaseOf) -> OneCase:
    """A case as it stands."""
    return _answer(asked.case, look_at_case(app, asked.case, viewer))


async def one_case_at_once(
    lookups: CaseLookups, viewer: Viewer, asked: CaseOf
) -> AnswerAtOnce[OneCase] | None:
    """A case as it stands, where the view has it as the store does."""
    found = current_case(viewer, await lookups.find(asked.case))
    return None if found is None else AnswerAtOnce(_answer(asked.case, found.case), found.freshness)


def _answer(case: str, look: CaseLook) -> OneCase:
    if look.row is None:
        raise CaseNotInViews(case)
    return OneCase(case=shaped(look.row._replace(version=look.version), Case))


def cases(app: Application, viewer: Viewer, asked: CasesOf) -> CaseList:
    """Cases, those opened last first unless `sort` says otherwise."""
    order = asked.sort.order
    which = CaseFilter(
        state=_word(asked.state),
        level=_word(asked.level),
        organisation=asked.organisation,
        agent=asked.agent,
        customer=asked.customer,
        seller=asked.seller,
        partner=asked.partner,
        topic=asked.topic,
        category=_word(asked.category),
        priority=_word(asked.priority),
        waiting=asked.waiting,
        opened_since=asked.opened_since,
        opened_until=asked.opened_until,
        open_only=not asked.ended and asked.state is None,
        order=order,
        limit=rows_for(asked),
        after=_read_place(asked),
    )
    found = app.ask(list_cases, which, viewer)
    page = page_of(asked, found, lambda one: _Place(asked.sort, *place_of(one, order)))
    subjects = look_at_subjects(app, [one.reference for one in page.rows], viewer)
    listed = [shaped(one, ListedCase, subject=subjects.get(one.reference)) for one in page.rows]
    return CaseList(cases=listed, next=page.next)


def _read_place(asked: CasesOf) -> CasePlace | None:
    place = asked_place(asked, _Place)
    if place is None:
        return None
    if place.sort is not asked.sort:
        raise InvalidRequest(
            f"the cursor is one of a list sorted by {place.sort.value}, and this is sorted by "
            f"{asked.sort.value}: ask for its first page again"
        )
    by_instant = asked.sort.order.column != "priority"
    if isinstance(place.value, datetime) is not by_instant:
        raise not_of_this_list()
    return CasePlace(place.value, place.reference)


def _word(given: Enum | None) -> str | None:
    return None if given is None else str(given.value)


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question("/v1/cases", (Scope.AGENT,), CasesOf, CaseList, cases, cursor=next_page),
    Question(
        "/v1/cases/{case}",
        (Scope.AGENT,),
        CaseOf,
        OneCase,
        one_case,
        at_once=one_case_at_once,
        version=lambda answer: str(answer.case.version),
    ),
)

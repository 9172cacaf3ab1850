"""What people ask of the service levels, as named SQL with typed answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from casecore.postgres.connection import Connection
from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.kit.reading.beside_log import BesideLog, read_beside_log
from projections.kit.reading.queries import ask, ask_first, fetch_all
from projections.sla.projection import SLA


class ClockAnswer(NamedTuple):
    """A clock of a case at an instant, and the case then; durations in seconds of opening hours.

    `answered_at` is that instant. `level` and `organisation` are empty for a clock of the whole case.
    """

    case_id: UUID
    reference: str
    version: int
    answered_at: datetime
    clock: str
    level: str
    organisation: str
    number: int
    policy_id: str
    policy_version: int
    policy_organisation: str
    priority: str
    target_seconds: Decimal
    status: str
    started_at: datetime
    stopped_at: datetime | None
    due_at: datetime | None
    met_at: datetime | None
    missed_at: datetime | None
    elapsed_seconds: Decimal
    paused_seconds: Decimal
    remaining_seconds: Decimal
    times_paused: int
    running_since: datetime | None
    at_risk: bool
    overdue: bool
    beyond_horizon: bool
    customer: str
    seller: str
    topic: str
    state: str
    case_organisation: str
    case_agent: str | None


class HolderAnswer(NamedTuple):
    """How long one had a case; `agent` is empty for nobody."""

    holder: str
    organisation: str
    agent: str
    seconds: Decimal


class CaseAt(NamedTuple):
    """A case at an instant, of now if it is None, which is not before the case's last event."""

    reference: str
    at: datetime | None


class CaseClocks(NamedTuple):
    """The clocks and the holders of a case."""

    clocks: list[ClockAnswer]
    holders: list[HolderAnswer]


class DuePlace(NamedTuple):
    """A place in a list of clocks by when they fall due: the one that comes before."""

    due_at: datetime
    reference: str
    clock: str
    level: str
    organisation: str
    number: int


class DueFilter(NamedTuple):
    """Which clocks to list; what is None does not matter. `organisation` is whose promise it is.

    `level` is a level, or empty for clocks of the whole case. `agent` has the case. `within` is how much
    later than the instant asked about a clock falls due at most. `limit` bounds how many, those after a
    place.
    """

    organisation: str | None = None
    level: str | None = None
    overdue: bool | None = None
    limit: int = 100
    agent: str | None = None
    customer: str | None = None
    seller: str | None = None
    within: timedelta | None = None
    after: DuePlace | None = None


class WithoutPolicyPlace(NamedTuple):
    """A place in a list of cases without a policy: the one that comes before."""

    opened_at: datetime
    reference: str


class WithoutPolicy(NamedTuple):
    """A case of which no policy covers what `without_policy` names: end_to_end, or a level."""

    case_id: UUID
    reference: str
    version: int
    customer: str
    seller: str
    category: str
    topic: str
    priority: str
    state: str
    opened_at: datetime
    without_policy: list[str]


class NoteDue(NamedTuple):
    """A case of which something must be recorded as an event from `next_note_at` on."""

    next_note_at: datetime
    case_id: UUID
    reference: str
    version: int


class _Later(NamedTuple):
    is_known: bool


IS_LATER_KNOWN = f"""select exists (
  select from sla.cases where as_of > %(at)s and {rules.condition(rules.CASE)}
) as is_known"""
AT = "coalesce(%(at)s::timestamptz, now())"
"""The instant that is asked about, or now."""

_OF_THE_CASE = {
    "case_organisation": "c.organisation as case_organisation",
    "case_agent": "c.agent as case_agent",
}
CLOCK_COLUMNS = ", ".join(_OF_THE_CASE.get(name, f"k.{name}") for name in ClockAnswer._fields)
CLOCKS_THEN = f"sla.clocks_at({AT}) as k join sla.cases as c on c.case_id = k.case_id"

# How a clock that is not done stands at the instant, from the tables alone: as clocks_at says it, which looks
# into a calendar for each. So a list finds its clocks by an index, in their order, and reckons only these.
_IS_MISSED = f"(i.status = 'missed' or i.falls_due_at < {AT} and c.as_of < {AT})"
DUE_THEN = f"case when {_IS_MISSED} then coalesce(i.due_at, i.falls_due_at) else i.due_at end"
CLOCK_KEY = "i.case_id, i.clock, i.level, i.organisation, i.number"
NOT_DONE = f"""sla.clocks as i join sla.cases as c on c.case_id = i.case_id
  where i.stopped_at is null and c.as_of <= {AT}"""
OF_THESE = "(k.case_id, k.clock, k.level, k.organisation, k.number) in"
CLOCKS = f"""select {CLOCK_COLUMNS} from {CLOCKS_THEN}
where k.reference = %(reference)s and not k.later_events
order by k.started_at, k.clock, k.level, k.organisation, k.number"""
HOLDERS = f"""select holder, organisation, agent, seconds from sla.holders_at({AT})
where not later_events and reference = %(reference)s order by holder, organisation, agent"""
DUE_NEXT = f"""select {CLOCK_COLUMNS} from {CLOCKS_THEN} where {OF_THESE} (
  select {CLOCK_KEY} from {NOT_DONE} and {DUE_THEN} is not null
    and {rules.condition(rules.CASE, "c")}
    and (%(organisation)s::text is null or i.policy_organisation = %(organisation)s)
    and (%(level)s::text is null or i.level = %(level)s)
    and (%(overdue)s::boolean is null or {_IS_MISSED} = %(overdue)s)
    and (%(agent)s::text is null or c.agent = %(agent)s)
    and (%(customer)s::text is null or c.customer = %(customer)s)
    and (%(seller)s::text is null or c.seller = %(seller)s)
    and (%(within)s::interval is null or {DUE_THEN} <= {AT} + %(within)s)
    and (%(after_due_at)s::timestamptz is null
      or ({DUE_THEN}, c.reference, i.clock, i.level, i.organisation, i.number) > (%(after_due_at)s,
        %(after_reference)s::text, %(after_clock)s::text, %(after_level)s::text, %(after_organisation)s::text,
        %(after_number)s::bigint))
  order by {DUE_THEN}, c.reference, i.clock, i.level, i.organisation, i.number limit %(limit)s)
order by k.due_at, k.reference, k.clock, k.level, k.organisation, k.number"""
WITHOUT_POLICY = f"""select {", ".join(WithoutPolicy._fields)} from sla.cases
where without_policy <> '{{}}' and {rules.condition(rules.CASE)}
  and (%(after_opened_at)s::timestamptz is null or opened_at < %(after_opened_at)s
    or opened_at = %(after_opened_at)s and reference > %(after_reference)s)
order by opened_at desc, reference limit %(limit)s"""
NOTES_DUE = """select next_note_at, case_id, reference, version from sla.cases
where next_note_at <= %(at)s and (%(after_at)s::timestamptz is null
  or (next_note_at, case_id) > (%(after_at)s, %(after_id)s::uuid))
order by next_note_at, case_id limit %(limit)s"""


def clocks_of(database: str, reference: str, at: datetime | None = None) -> list[ClockAnswer]:
    """A case's clocks at an instant (now, if it is None), in the order in which they started.

    The instant is not before the case's last event. Empty for a case that the view does not know, and for
    one without policies. Raises ViewMissing and ViewOutdated.
    """
    return ask(database, SLA, ClockAnswer, CLOCKS, {"reference": reference, "at": at})


def holders_of(database: str, reference: str, at: datetime | None = None) -> list[HolderAnswer]:
    """How long each had a case until an instant (now, if it is None). Raises as `clocks_of`."""
    return ask(database, SLA, HolderAnswer, HOLDERS, {"reference": reference, "at": at})


def clocks_beside_log(
    database: str,
    latest: str,
    given: Mapping[str, object],
    which: CaseAt,
    sees_case: Callable[[bytes], bool],
) -> BesideLog[CaseClocks]:
    """The case whose stream a query gives, beside what the view has of it, with its clocks and holders.

    All is of one moment. The query is as for `read_beside_log`. `sees_case` is whether the case is to be
    answered, by its last event's body. Raises as `clocks_of`.
    """
    asked = which._asdict()

    def read(connection: Connection) -> CaseClocks:
        clocks = fetch_all(connection, ClockAnswer, CLOCKS, asked)
        return CaseClocks(clocks, fetch_all(connection, HolderAnswer, HOLDERS, asked))

    return read_beside_log(database, SLA, latest, given, sees_case, read)


def due_next(
    database: str,
    which: DueFilter = DueFilter(),  # noqa: B008
    at: datetime | None = None,
    viewer: Viewer | None = None,
) -> list[ClockAnswer]:
    """Clocks that are not done at an instant (now, if it is None), by when they fall or fell due.

    Of the cases that a viewer sees. Raises as `clocks_of`.
    """
    after = which.after or (None,) * len(DuePlace._fields)
    place = {f"after_{name}": value for name, value in zip(DuePlace._fields, after, strict=True)}
    given = {**which._asdict(), **place, **rules.given(viewer), "at": at}
    return ask(database, SLA, ClockAnswer, DUE_NEXT, given)


def without_policy(
    database: str,
    limit: int = 100,
    viewer: Viewer | None = None,
    after: WithoutPolicyPlace | None = None,
) -> list[WithoutPolicy]:
    """Cases that have no policy for something, those opened last first, of those that a viewer sees.

    Those after a place. Raises as `clocks_of`.
    """
    place = {
        "after_opened_at": after.opened_at if after else None,
        "after_reference": after.reference if after else None,
    }
    return ask(database, SLA, WithoutPolicy, WITHOUT_POLICY, {"limit": limit, **place, **rules.given(viewer)})


def is_later_known(database: str, at: datetime, viewer: Viewer | None = None) -> bool:
    """Whether the view knows of something that happened after an instant, so that it cannot answer for it.

    Of the cases that a viewer sees. Raises as `clocks_of`.
    """
    found = ask_first(database, SLA, _Later, IS_LATER_KNOWN, {"at": at, **rules.given(viewer)})
    return found is not None and found.is_known


def notes_due(database: str, at: datetime, after: NoteDue | None = None, limit: int = 1_000) -> list[NoteDue]:
    """Cases of which something must be recorded by then, the longest due first, those after one given.

    Raises as `clocks_of`.
    """
    last = (after.next_note_at, after.case_id) if after else (None, None)
    given = {"at": at, "after_at": last[0], "after_id": last[1], "limit": limit}
    return ask(database, SLA, NoteDue, NOTES_DUE, given)

"""When the clocks of cases count next: the opening hours of their calendars from an instant on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.kit.reading.queries import ask
from projections.sla.projection import SLA

WINDOWS = 4
"""So many opening hours are told of each clock, among them those of now."""


class OpenWindows(NamedTuple):
    """A clock that is not done, and when its calendar opens and closes next, each opening with its closing.

    The first may be those of now. Fewer than `WINDOWS` where the calendar ends; none beyond its end.
    """

    case_id: UUID
    clock: str
    level: str
    organisation: str
    number: int
    opens: list[datetime]
    closes: list[datetime]


# A calendar has thousands of windows: each is looked into once, however many clocks it has.
OPEN_WINDOWS = f"""with wanted as (
  select k.case_id, k.clock, k.level, k.organisation, k.number, k.calendar
  from sla.clocks as k join sla.cases as c on c.case_id = k.case_id
  where k.case_id = any(%(cases)s) and k.stopped_at is null and {rules.condition(rules.CASE, "c")}
), windows as materialized (
  select h.key, h.opens[p.first:p.first + {WINDOWS - 1}] as opens,
    h.closes[p.first:p.first + {WINDOWS - 1}] as closes
  from sla.calendars as h cross join lateral (
    select case when q.place > 0 and h.closes[q.place] > %(at)s then q.place else q.place + 1 end as first
    from (select width_bucket(%(at)s::timestamptz, h.opens) as place) as q
  ) as p
  where h.key in (select calendar from wanted)
)
select w.case_id, w.clock, w.level, w.organisation, w.number, h.opens, h.closes
from wanted as w join windows as h on h.key = w.calendar"""


def open_windows_of(
    database: str, cases: Collection[UUID], at: datetime, viewer: Viewer | None = None
) -> list[OpenWindows]:
    """When clocks that are not done count, from an instant on: those of these cases that a viewer sees.

    Raises ViewMissing, ViewOutdated and DatabaseUnavailable.
    """
    given = {"cases": list(cases), "at": at, **rules.given(viewer)}
    return ask(database, SLA, OpenWindows, OPEN_WINDOWS, given)

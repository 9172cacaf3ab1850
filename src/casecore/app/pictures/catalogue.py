"""The pictures that operations people look at: what each shows, by what its rows differ, and what is behind.

A picture's name is that of its function, with hyphens; below `/v1` its `path` is where programs find it, and
with `/cases` the cases behind a figure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from casecore.visibility.rules import Viewer
from projections.pictures.asked import Behind, CaseBehind, PictureFilter
from projections.sla import pictures as of_service_levels
from projections.workload import pictures as of_workload


class Picture(NamedTuple):
    """A picture: its number, where the API has it, and how it is asked.

    `keys` are the fields of `row` by which rows differ, `figures` those behind which there are cases.
    `of_days` is whether it is of the days asked about, or of how it is now. The cases behind a figure can be
    asked for without a key that is one of `optional`.
    """

    number: int
    path: str
    row: type[tuple[Any, ...]]
    keys: tuple[str, ...]
    figures: tuple[str, ...]
    rows: Callable[[str, PictureFilter, Viewer | None], list[Any]]
    cases: Callable[[str, PictureFilter, Behind, Viewer | None], list[CaseBehind]]
    of_days: bool = True
    optional: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return self.path.rpartition("/")[2]

    @property
    def meaning(self) -> str:
        """What its rows are."""
        text = " ".join((self.row.__doc__ or "").partition("Key:")[0].split())
        return text.partition(". ")[2]


DUE_BY_HOLDER = Picture(
    number=1,
    path="service-levels/due-by-holder",
    row=of_service_levels.DueByHolder,
    keys=("organisation", "agent"),
    figures=("overdue", "at_risk", "within_a_day", "later"),
    rows=of_service_levels.due_by_holder,
    cases=of_service_levels.due_by_holder_cases,
    of_days=False,
)
BACKLOG_FLOW = Picture(
    number=2,
    path="workload/backlog-flow",
    row=of_workload.FlowDay,
    keys=("day",),
    figures=("came_in", "went_out", "open"),
    rows=of_workload.backlog_flow,
    cases=of_workload.backlog_flow_cases,
    optional=("day",),
)
PROMISES_KEPT = Picture(
    number=3,
    path="service-levels/promises-kept",
    row=of_service_levels.PromiseMonth,
    keys=("month", "organisation", "level", "clock"),
    figures=("met", "missed", "beyond_calendar"),
    rows=of_service_levels.promises_kept,
    cases=of_service_levels.promises_kept_cases,
)
HELD_TIMES = Picture(
    number=4,
    path="service-levels/held-times",
    row=of_service_levels.HeldTime,
    keys=("organisation", "holder"),
    figures=("cases", "seconds"),
    rows=of_service_levels.held_times,
    cases=of_service_levels.held_times_cases,
)
OPEN_AGES = Picture(
    number=5,
    path="workload/open-ages",
    row=of_workload.OpenAge,
    keys=("place", "level"),
    figures=("cases", "waiting"),
    rows=of_workload.open_ages,
    cases=of_workload.open_ages_cases,
    of_days=False,
)
AGENT_LOAD = Picture(
    number=6,
    path="workload/agent-load",
    row=of_workload.AgentLoad,
    keys=("organisation", "agent"),
    figures=("cases", "waiting", "at_work", "urgent"),
    rows=of_workload.agent_load,
    cases=of_workload.agent_load_cases,
    of_days=False,
)
ARRIVALS = Picture(
    number=7,
    path="workload/arrivals",
    row=of_workload.ArrivalHour,
    keys=("weekday", "hour"),
    figures=("came_in",),
    rows=of_workload.arrivals,
    cases=of_workload.arrivals_cases,
)
FIRST_LEVEL = Picture(
    number=8,
    path="workload/first-level",
    row=of_workload.FirstLevelMonth,
    keys=("month", "seller"),
    figures=("resolved", "at_first_level"),
    rows=of_workload.first_level,
    cases=of_workload.first_level_cases,
)
HAND_OVERS = Picture(
    number=9,
    path="workload/hand-overs",
    row=of_workload.MovesMonth,
    keys=("month",),
    figures=("up", "down", "bounces", "resolved", "reopened"),
    rows=of_workload.hand_overs,
    cases=of_workload.hand_overs_cases,
)
CLOCK_TIMES = Picture(
    number=10,
    path="service-levels/clock-times",
    row=of_service_levels.ClockTimes,
    keys=("month", "clock"),
    figures=("clocks",),
    rows=of_service_levels.clock_times,
    cases=of_service_levels.clock_times_cases,
)
CUMULATIVE_FLOW = Picture(
    number=11,
    path="workload/cumulative-flow",
    row=of_workload.StateDay,
    keys=("day", "state"),
    figures=("cases",),
    rows=of_workload.cumulative_flow,
    cases=of_workload.cumulative_flow_cases,
)
CUSTOMER_EFFORT = Picture(
    number=12,
    path="workload/customer-effort",
    row=of_workload.CustomerEffort,
    keys=("customer",),
    figures=("minutes", "cases"),
    rows=of_workload.customer_effort,
    cases=of_workload.customer_effort_cases,
)

PICTURES = (
    DUE_BY_HOLDER,
    BACKLOG_FLOW,
    PROMISES_KEPT,
    HELD_TIMES,
    OPEN_AGES,
    AGENT_LOAD,
    ARRIVALS,
    FIRST_LEVEL,
    HAND_OVERS,
    CLOCK_TIMES,
    CUMULATIVE_FLOW,
    CUSTOMER_EFFORT,
)
"""In the order in which people use them. What packages pay, beside the last one, is in
`projections.billing.pictures`, for accountants.
"""

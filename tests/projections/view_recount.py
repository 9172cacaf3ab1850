"""The workload's SQL views, counted again in plain Python from the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from projections.workload.tables import CaseRow, EffortRow, MoveRow

Answer = dict[str, Any]
ItemT = TypeVar("ItemT")

BERLIN = ZoneInfo("Europe/Berlin")
AGES = (
    ("under 1 day", 0),
    ("1 to 3 days", 1),
    ("3 to 7 days", 3),
    ("7 to 30 days", 7),
    ("30 to 90 days", 30),
    ("over 90 days", 90),
)
"""Each age, and from how many times 24 hours on."""


class Loaded(NamedTuple):
    """What the tables hold, and when the views are asked."""

    now: datetime
    cases: list[CaseRow]
    moves: list[MoveRow]
    efforts: list[EffortRow]

    @property
    def open_cases(self) -> list[CaseRow]:
        return [case for case in self.cases if case.is_open]


def grouped(items: Iterable[ItemT], key: Callable[[ItemT], Any]) -> dict[Any, list[ItemT]]:
    groups: dict[Any, list[ItemT]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def day_of(at: datetime) -> date:
    return at.astimezone(BERLIN).date()


def month_of(at: datetime) -> date:
    return day_of(at).replace(day=1)


def waiting(cases: list[CaseRow]) -> int:
    return len([case for case in cases if case.waiting_since])


def unassigned(cases: list[CaseRow]) -> int:
    return len([case for case in cases if not case.agent])


def oldest(cases: list[CaseRow]) -> datetime:
    return sorted(case.opened_at for case in cases)[0]


def by_level(loaded: Loaded) -> list[Answer]:
    return [
        {
            "level": level,
            "cases": len(cases),
            "waiting": waiting(cases),
            "unassigned": unassigned(cases),
            "oldest_opened_at": oldest(cases),
        }
        for level, cases in grouped(loaded.open_cases, lambda case: case.level or "not_taken").items()
    ]


def by_organisation(loaded: Loaded) -> list[Answer]:
    return [
        {
            "organisation": organisation,
            "cases": len(cases),
            "waiting": waiting(cases),
            "unassigned": unassigned(cases),
            "oldest_opened_at": oldest(cases),
        }
        for organisation, cases in grouped(loaded.open_cases, lambda case: case.organisation).items()
    ]


def by_agent(loaded: Loaded) -> list[Answer]:
    return [
        {
            "organisation": organisation,
            "agent": agent,
            "cases": len(cases),
            "waiting": waiting(cases),
            "oldest_opened_at": oldest(cases),
        }
        for (organisation, agent), cases in grouped(
            loaded.open_cases, lambda case: (case.organisation, case.agent)
        ).items()
    ]


def by_priority(loaded: Loaded) -> list[Answer]:
    return [
        {
            "priority": priority,
            "cases": len(cases),
            "waiting": waiting(cases),
            "oldest_opened_at": oldest(cases),
        }
        for priority, cases in grouped(loaded.open_cases, lambda case: case.priority).items()
    ]


def by_age(loaded: Loaded) -> list[Answer]:
    def place_of(case: CaseRow) -> int:
        age = (loaded.now - case.opened_at) / timedelta(hours=24)
        return max((place for place, (_, days) in enumerate(AGES, 1) if age >= days), default=1)

    groups = grouped(loaded.open_cases, place_of)
    answers = []
    for place, (age, _) in enumerate(AGES, 1):
        cases = groups.get(place, [])
        answers.append({"place": place, "age": age, "cases": len(cases), "waiting": waiting(cases)})
    return answers


def by_day(loaded: Loaded) -> list[Answer]:
    groups = grouped(loaded.moves, lambda move: day_of(move.occurred_at))
    answers: list[Answer] = []
    backlog = 0
    if groups:
        for number in range((max(groups) - min(groups)).days + 1):
            day = min(groups) + timedelta(days=number)
            came_in = sum(move.came_in for move in groups.get(day, []))
            went_out = sum(move.went_out for move in groups.get(day, []))
            backlog += came_in - went_out
            answers.append({"day": day, "came_in": came_in, "went_out": went_out, "backlog": backlog})
    return answers


def first_level(loaded: Loaded) -> list[Answer]:
    resolved = [case for case in loaded.cases if case.resolved_at and case.first_level_resolved is not None]
    answers = []
    for (month, seller), cases in grouped(
        resolved, lambda case: (month_of(case.resolved_at or loaded.now), case.seller)
    ).items():
        at_first_level = len([case for case in cases if case.first_level_resolved])
        percent = Decimal(100 * at_first_level) / len(cases)
        answers.append(
            {
                "month": month,
                "seller": seller,
                "resolved": len(cases),
                "resolved_at_first_level": at_first_level,
                "percent": percent.quantize(Decimal("0.1"), ROUND_HALF_UP),
            }
        )
    return answers


def bounced(loaded: Loaded) -> list[Answer]:
    shown = (
        "case_id", "reference", "version", "seller", "state", "level", "organisation", "agent", "bounces",
        "hand_overs_up", "hand_overs_down", "opened_at",
    )  # fmt: skip
    return [{name: getattr(case, name) for name in shown} for case in loaded.cases if case.bounces]


def moves_by_month(loaded: Loaded) -> list[Answer]:
    return [
        {
            "month": month,
            "came_in": sum(move.came_in for move in moves),
            "went_out": sum(move.went_out for move in moves),
            "up": sum(move.up for move in moves),
            "down": sum(move.down for move in moves),
            "bounces": sum(move.bounce for move in moves),
            "reopened": sum(move.reopened for move in moves),
        }
        for month, moves in grouped(loaded.moves, lambda move: month_of(move.occurred_at)).items()
    ]


def effort_by_month(loaded: Loaded) -> list[Answer]:
    return [
        {
            "month": month,
            "organisation": organisation,
            "person": person,
            "minutes": sum(effort.minutes for effort in efforts),
            "cases": len({effort.case_id for effort in efforts}),
        }
        for (month, organisation, person), efforts in grouped(
            loaded.efforts,
            lambda effort: (month_of(effort.occurred_at), effort.organisation, effort.person),
        ).items()
    ]


RECOUNTS: Mapping[str, Callable[[Loaded], list[Answer]]] = {
    "backlog_by_level": by_level,
    "backlog_by_organisation": by_organisation,
    "backlog_by_agent": by_agent,
    "backlog_by_priority": by_priority,
    "backlog_by_age": by_age,
    "backlog_by_day": by_day,
    "first_level_resolution": first_level,
    "bounced_cases": bounced,
    "moves_by_month": moves_by_month,
    "effort_by_month": effort_by_month,
}

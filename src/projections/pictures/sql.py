"""How a picture is asked: its facts in SQL, of which each figure counts some, and so do the cases behind it.

The facts of a picture are a query with the rule of who sees what, that begins with `CASE_COLUMNS` of a view's
table of cases `c` and ends in its condition, so that more can be added to that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from casecore.visibility import rules
from casecore.visibility.rules import Rule, Viewer
from projections.kit.projection import AnyProjection
from projections.kit.reading.queries import ask
from projections.pictures.asked import Behind, CaseBehind, PictureFilter

CASE_COLUMNS = "c.reference, c.customer, c.seller, c.topic, c.priority, c.state, c.agent, c.opened_at"
"""What is shown of a case, but for whose turn it is: `c.organisation` has a name of its own in some facts."""
WHOSE_TURN = "c.organisation as case_organisation"
NOW = "coalesce(%(at)s::timestamptz, now())"

IN_SUMS = Rule(tuple(name for name in rules.CASE.fields if name != "customer"))
"""Who sees a case in tables of sums: the customer, by which these do not tell cases apart, sees its rows."""

_SHOWN = CASE_COLUMNS.replace("c.", "")
_OF_SUMS = ("seller", "topic", "priority", "organisation")
_OF_CASES = ("customer", "seller", "topic", "priority")


def berlin_day(instant: str) -> str:
    """The day of an instant."""
    return f"({instant} at time zone 'Europe/Berlin')::date"


def berlin_month(instant: str) -> str:
    """The first day of an instant's month."""
    return f"date_trunc('month', {instant} at time zone 'Europe/Berlin')::date"


def month_of_day(day: str) -> str:
    """The first day of a day's month."""
    return f"date_trunc('month', {day}::timestamp)::date"


def day_begins(day: str) -> str:
    """When a day begins."""
    return f"(({day})::timestamp at time zone 'Europe/Berlin')"


def of_cases(which: PictureFilter, organisation: str = "c.organisation") -> list[str]:
    """The conditions on cases `c`, and on the organisation that a picture is about."""
    found = [f"c.{name} = %({name})s" for name in _OF_CASES if getattr(which, name) is not None]
    return [*found, f"{organisation} = %(organisation)s"] if which.organisation is not None else found


def of_days(which: PictureFilter, instant: str) -> list[str]:
    """The conditions on an instant."""
    found = [f"{instant} >= {day_begins('%(since)s::date')}"] if which.since is not None else []
    if which.until is not None:
        found.append(f"{instant} < {day_begins('%(until)s::date + 1')}")
    return found


def in_sums(which: PictureFilter, *conditions: str) -> str:
    """The conditions on sums `s`, which are of all customers' cases."""
    asked = [f"s.{name} = %({name})s" for name in _OF_SUMS if getattr(which, name) is not None]
    return " and ".join([rules.condition(IN_SUMS, "s"), *asked, *conditions])


def of_sum_days(which: PictureFilter) -> list[str]:
    """The conditions on the day of sums `s`."""
    found = ["s.day >= %(since)s::date"] if which.since is not None else []
    return [*found, "s.day <= %(until)s::date"] if which.until is not None else found


def beside_sums(which: PictureFilter) -> list[str]:
    """The conditions on cases `c` that are counted row by row, since they are in no sum that is read.

    They have not ended, or their customer sees them and is nothing else to them. Of one customer it is all.
    """
    if which.customer is not None:
        return []
    hidden = f"c.customer = %(viewer)s::text and {rules.condition(IN_SUMS, 'c')} is not true"
    return [f"(c.ended_at is null or ({hidden}))"]


def with_sums(which: PictureFilter, sums: str, rows: str) -> str:
    """Sums of what has ended with the rows of the rest, in the same columns; of a customer rows alone."""
    return rows if which.customer is not None else f"{sums} union all {rows}"


def narrowed(facts: str, *conditions: Iterable[str]) -> str:
    """Facts, of which some are left out."""
    return " and ".join([facts, *(one for some in conditions for one in some)])


def within(which: PictureFilter, first_on: date, last_on: date) -> PictureFilter:
    """The same of these days only."""
    return which._replace(
        since=first_on if which.since is None else max(first_on, which.since),
        until=last_on if which.until is None else min(last_on, which.until),
    )


def day_of(behind: Behind) -> date:
    """The day that is asked for."""
    day = behind.keys["day"]
    assert isinstance(day, date)
    return day


def within_month(which: PictureFilter, behind: Behind) -> PictureFilter:
    """The same of the month alone that is asked for."""
    first = behind.keys["month"]
    assert isinstance(first, date)
    following = (first.replace(day=1) + timedelta(days=31)).replace(day=1)
    return within(which, first, following - timedelta(days=1))


def counted(figures: Mapping[str, str]) -> str:
    """Each figure as a column: how many facts meet its condition."""
    return ", ".join(f"count(*) filter (where {condition}) as {name}" for name, condition in figures.items())


def given(which: PictureFilter, viewer: Viewer | None, **more: object) -> dict[str, object]:
    """The parameters of a picture's query."""
    return {**which._asdict(), **rules.given(viewer), **more}


class Facts(NamedTuple):
    """What the cases behind a figure are found from: a picture's facts, and what of them it is about.

    `keys` are the columns by which rows differ, unless the text holds to them already; `condition` is what
    the figure counts. Each key that is asked for is a parameter `key_…` of the text.
    """

    text: str
    keys: tuple[str, ...]
    condition: str
    times: str = "count(*)"


def ask_cases(
    database: str,
    projection: AnyProjection,
    facts: Facts,
    asked: tuple[PictureFilter, Behind, Viewer | None],
) -> list[CaseBehind]:
    """The cases behind a figure, by reference. Raises ViewMissing and ViewOutdated."""
    which, behind, viewer = asked
    keys = [
        f"f.{name} is null" if behind.keys[name] is None else f"f.{name} = %(key_{name})s"
        for name in facts.keys
    ]
    query = f"""select {_SHOWN}, case_organisation as organisation, ({facts.times})::bigint as times
from ({facts.text}) as f where {" and ".join([f"({facts.condition})", *keys])} and reference > %(after)s
group by {_SHOWN}, case_organisation order by reference limit %(limit)s"""
    of_keys = {f"key_{name}": value for name, value in behind.keys.items()}
    more = {**of_keys, "after": behind.after, "limit": behind.limit}
    return ask(database, projection, CaseBehind, query, given(which, viewer, **more))

"""Which paths cases take: what follows what directly, and whole paths."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import pyarrow as pa

from casecore.analysis.mining.questions import ALL_CASES, By, Opened
from casecore.analysis.mining.steps import OCCURRED, base, steps
from casecore.analysis.queries import Events, answer
from casecore.analysis.tables.columns import About


class FollowsRow(NamedTuple):
    """One step directly followed by another, within cases."""

    predecessor: Annotated[str | None, About("The step; none where a case begins with the successor.")]
    successor: Annotated[str | None, About("What came next; none where a case has no further step.")]
    times: Annotated[int, About("How often.")]
    cases: Annotated[int, About("In how many cases.")]
    median_seconds: Annotated[
        float | None, About("From the beginning of the one to that of the other: the median, nearest rank.")
    ]
    p95_seconds: Annotated[float | None, About("Likewise, what 95 % of the times do not exceed.")]


class VariantRow(NamedTuple):
    """A path that cases take, from their first step to their last."""

    variant: Annotated[int, About("Its rank, from 1: the path of most cases is first.")]
    path: Annotated[list[str], About("The steps, in order.", pa.list_(pa.string()))]
    steps: Annotated[int, About("How many steps it has.")]
    cases: Annotated[int, About("How many cases took it.")]
    share: Annotated[float, About("Their share of all cases, from 0 to 1.")]
    cumulated_share: Annotated[float, About("The share of the cases of this variant and of those before it.")]
    median_seconds: Annotated[
        float, About("From a case's first event to its last: the median, nearest rank.")
    ]
    p95_seconds: Annotated[float, About("Likewise, what 95 % of the cases do not exceed.")]
    example: Annotated[str, About("The first of the cases by reference.")]


def directly_follows(
    events: Events, by: By = By.ACTIVITY, opened: Opened = ALL_CASES, implied: bool = False
) -> pa.Table:
    """What follows what directly, the most frequent first, as a table of FollowsRow: the edges of a
    directly-follows graph, with where cases begin and end.

    For each label the rows in which it is the successor count as many times as those in which it is the
    predecessor: as often as the step occurs. Percentiles are by nearest rank: each is one of the durations.

    >>> follows = directly_follows(events, By.STATE)
    >>> [(row["predecessor"], row["successor"], row["median_seconds"]) for row in follows.to_pylist()]
    [(None, 'opened', None), ('opened', 'reseller_l0', 3600.0), ('reseller_l0', None, None)]
    """
    query = f"""with {steps(by, opened, implied)},
linked as (
  select reference, label as predecessor, lead(label) over occurred as successor,
    lead(instant) over occurred - instant as lasted, lag(version) over occurred is null as begins
  from steps window {OCCURRED})
select predecessor, successor, count(*) as times, count(distinct reference) as cases,
  quantile_disc(lasted, 0.5) / 1e6 as median_seconds, quantile_disc(lasted, 0.95) / 1e6 as p95_seconds
from linked group by predecessor, successor
union all
select null, predecessor, count(*), count(*), null, null from linked where begins group by predecessor
order by times desc, predecessor nulls first, successor nulls last"""
    return answer(events, query, FollowsRow)


def variants(
    events: Events, by: By = By.ACTIVITY, opened: Opened = ALL_CASES, implied: bool = False
) -> pa.Table:
    """The paths that cases take, that of most cases first, as a table of VariantRow.

    Every case that has a step is in one variant. Of two that are as frequent the path that is less in the
    order of its labels is first.

    >>> [(row["path"], row["share"]) for row in variants(events).to_pylist()]
    [(['opened', 'taken'], 1.0)]
    """
    query = f"""with {steps(by, opened, implied)},
lives as (
  select reference, max(instant) - min(instant) as lasted from ({_all_events(opened)}) group by reference),
paths as (select reference, list(label order by instant, version) as path from steps group by reference),
counted as (
  select path, count(*) as cases, quantile_disc(lasted, 0.5) / 1e6 as median_seconds,
    quantile_disc(lasted, 0.95) / 1e6 as p95_seconds, min(reference) as example
  from paths join lives using (reference) group by path)
select row_number() over ranked as variant, path, len(path) as steps, cases,
  cases / sum(cases) over () as share,
  sum(cases) over (ranked rows unbounded preceding) / sum(cases) over () as cumulated_share,
  median_seconds, p95_seconds, example
from counted window ranked as (order by cases desc, path) order by variant"""
    return answer(events, query, VariantRow)


def _all_events(opened: Opened) -> str:
    return f"with {base(opened, 'activity')} select reference, instant from base"

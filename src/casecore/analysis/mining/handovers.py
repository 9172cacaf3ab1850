"""Who hands cases to whom, and back."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import pyarrow as pa

from casecore.analysis.mining.questions import ALL_CASES, HANDED_BY, By, Opened
from casecore.analysis.mining.steps import OCCURRED, steps
from casecore.analysis.queries import Events, answer
from casecore.analysis.tables.columns import About
from casecore.errors.kinds import InvalidInput


class NotHandedOver(InvalidInput):
    """Cases are handed from one organisation, level or person to another, and not between other things."""

    def __init__(self, by: By) -> None:
        super().__init__(
            f"cases are not handed over by {by.value}: choose {', '.join(one.value for one in HANDED_BY)}"
        )
        self.by = by.value


class HandoverRow(NamedTuple):
    """From whom cases went to whom."""

    giver: Annotated[str, About("Who had the case.")]
    receiver: Annotated[str, About("Who had it next.")]
    times: Annotated[int, About("How often.")]
    cases: Annotated[int, About("In how many cases.")]
    median_held_seconds: Annotated[float, About("How long the giver had had it: the median, nearest rank.")]
    p95_held_seconds: Annotated[float, About("Likewise, what 95 % of the times do not exceed.")]


class PingPongRow(NamedTuple):
    """Cases that one handed to another and got back at once: from A to B to A."""

    handed_by: Annotated[str, About("Who handed the case over, and got it back.")]
    returned_by: Annotated[str, About("Who got it, and handed it back.")]
    times: Annotated[int, About("How often.")]
    cases: Annotated[int, About("In how many cases.")]
    most_in_a_case: Annotated[int, About("How often in the case in which it was most often.")]
    median_away_seconds: Annotated[float, About("How long the other had it: the median, nearest rank.")]
    example: Annotated[str, About("The case in which it was most often; of several the first by reference.")]


class PingPongCase(NamedTuple):
    """A case that went from one to another and back at once, at least once."""

    case: Annotated[str, About("The case's reference.")]
    times: Annotated[int, About("How often it came back from where it had just been handed.")]
    path: Annotated[list[str], About("Who had it, in order.", pa.list_(pa.string()))]


_BACK = f"""threes as (
  select reference, label as handed_by, lead(label) over occurred as returned_by,
    lead(label, 2) over occurred as back, lead(instant, 2) over occurred - lead(instant) over occurred as away
  from steps window {OCCURRED}),
back as (select * from threes where back = handed_by)"""


def handovers(events: Events, by: By = By.ORGANISATION, opened: Opened = ALL_CASES) -> pa.Table:
    """From whom cases went to whom, the most frequent first, as a table of HandoverRow.

    By resource it is the network of the handing over of work: from a person to the next other one who acts,
    and the giver had it since the first of what they did in a row. Raises NotHandedOver.

    >>> handovers(events).num_rows
    0
    """
    query = f"""with {steps(_checked(by), opened, implied=False)},
linked as (
  select reference, label as giver, lead(label) over occurred as receiver,
    lead(instant) over occurred - instant as held
  from steps window {OCCURRED})
select giver, receiver, count(*) as times, count(distinct reference) as cases,
  quantile_disc(held, 0.5) / 1e6 as median_held_seconds, quantile_disc(held, 0.95) / 1e6 as p95_held_seconds
from linked where receiver is not null group by giver, receiver
order by times desc, giver, receiver"""
    return answer(events, query, HandoverRow)


def ping_pong(events: Events, by: By = By.ORGANISATION, opened: Opened = ALL_CASES) -> pa.Table:
    """Between whom cases go there and back, the most frequent first, as a table of PingPongRow.

    From A to B to A is once, from A to B to A to B to A is twice from A and once from B. Raises
    NotHandedOver.

    >>> ping_pong(events, By.LEVEL).num_rows
    0
    """
    query = f"""with {steps(_checked(by), opened, implied=False)}, {_BACK},
of_cases as (select handed_by, returned_by, reference, count(*) as times from back group by all),
pairs as (
  select handed_by, returned_by, count(*) as times, quantile_disc(away, 0.5) / 1e6 as median_away_seconds
  from back group by all),
most as (
  select handed_by, returned_by, count(*) as cases, max(times) as most_in_a_case,
    arg_min(reference, (-times, reference)) as example
  from of_cases group by all)
select handed_by, returned_by, times, cases, most_in_a_case, median_away_seconds, example
from pairs join most using (handed_by, returned_by) order by times desc, handed_by, returned_by"""
    return answer(events, query, PingPongRow)


def ping_pong_cases(events: Events, by: By = By.ORGANISATION, opened: Opened = ALL_CASES) -> pa.Table:
    """The cases that go there and back, the most often first, as a table of PingPongCase.

    Raises NotHandedOver.

    >>> ping_pong_cases(events).num_rows
    0
    """
    query = f"""with {steps(_checked(by), opened, implied=False)}, {_BACK},
of_cases as (select reference, count(*) as times from back group by reference)
select reference as "case", any_value(times) as times, list(label order by instant, version) as path
from steps join of_cases using (reference) group by reference order by times desc, reference"""
    return answer(events, query, PingPongCase)


def _checked(by: By) -> By:
    if by not in HANDED_BY:
        raise NotHandedOver(by)
    return by

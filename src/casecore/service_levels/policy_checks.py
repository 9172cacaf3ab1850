"""What is wrong with a policy, whether it comes from a file or in a command."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

import msgspec

from casecore.clocks.instants import micros
from casecore.clocks.open_hours import local_midnight
from casecore.contract.cases import Category
from casecore.contract.service_levels import Clock, ClockTerms, Covers, Match, Policy
from casecore.service_levels.calendar_checks import (
    calendar_faults,
    is_id,
    name_faults,
    range_faults,
    repeated_faults,
)
from casecore.service_levels.durations import LONGEST_SECONDS

MOST_MATCHED = 200
"""Values in one field of a policy's match; for more, use a second policy."""

CLOCKS_OF_A_CASE = (Clock.FIRST_RESPONSE, Clock.NEXT_REPLY, Clock.RESOLUTION)
CLOCKS_OF_A_LEVEL = (Clock.TIME_TO_ASSIGNMENT, Clock.TIME_AT_LEVEL)


def policy_faults(policy: Policy, topics: Collection[str] | None) -> list[str]:
    """All faults of a policy and of its calendar. `topics` is the catalogue; None: any topic.

    Whose calendar it is, and whether the policy ties with another one, is checked when they are published.
    """
    faults = [
        *name_faults({"id": policy.id, "organisation": policy.organisation}, policy.version),
        *terms_faults(policy.covers, policy.clocks),
        *match_faults(policy.covers, policy.organisation, policy.match, topics),
        *(f"calendar: {fault}" for fault in calendar_faults(policy.calendar)),
    ]
    if policy.in_force_until is not None and policy.in_force_until <= policy.in_force_from:
        until, since = policy.in_force_until.isoformat(), policy.in_force_from.isoformat()
        faults.append(f"in_force_until: {until} is not after in_force_from, {since}")
    if not range_faults(policy.calendar.first_on, policy.calendar.last_on):
        faults.extend(_in_force_faults(policy))
    return faults


def _in_force_faults(policy: Policy) -> Iterator[str]:
    calendar = policy.calendar
    begins_at = local_midnight(calendar, calendar.first_on)
    ends_at = local_midnight(calendar, calendar.last_on + timedelta(days=1))
    if not begins_at <= micros(policy.in_force_from) < ends_at:
        days = f"{calendar.first_on} to {calendar.last_on}"
        yield (
            f"in_force_from: {policy.in_force_from.isoformat()} is not in the days of the calendar "
            f"{calendar.id}, {days}: nothing could be measured"
        )


def terms_faults(covers: Covers, clocks: Sequence[ClockTerms]) -> Iterator[str]:
    """The faults of a policy's clocks."""
    allowed = CLOCKS_OF_A_CASE if covers is Covers.END_TO_END else CLOCKS_OF_A_LEVEL
    names = ", ".join(clock.value for clock in allowed)
    if not clocks:
        yield f"clocks: there is none: name at least one of {names}"
    yield from repeated_faults("clocks", [terms.clock.value for terms in clocks])
    for terms in clocks:
        where = f"clocks.{terms.clock.value}"
        if terms.clock not in allowed:
            yield f"{where}: is not a clock of what the policy covers, {covers.value}, which has {names}"
        for priority, target in msgspec.structs.asdict(terms.targets).items():
            if not 0 <= target <= LONGEST_SECONDS:
                yield f"{where}.target.{priority}: {target} seconds are not from 0 to {LONGEST_SECONDS}"
        percents = terms.warn_at_percent
        if any(not 1 <= percent <= 99 for percent in percents):
            yield f"{where}.warn_at_percent: {list(percents)} are not all from 1 to 99"
        if any(one >= other for one, other in pairwise(percents)):
            yield f"{where}.warn_at_percent: {list(percents)} do not rise: write them in order, each once"


def match_faults(
    covers: Covers, organisation: str, match: Match, topics: Collection[str] | None
) -> Iterator[str]:
    """The faults of a policy's match."""
    for name, values in msgspec.structs.asdict(match).items():
        texts = [str(getattr(value, "value", value)) for value in values]
        if len(texts) > MOST_MATCHED:
            yield f"match.{name}: has {len(texts)} values, and may have {MOST_MATCHED}"
            continue
        yield from repeated_faults(f"match.{name}", texts)
        for value in texts:
            if not is_id(value):
                yield f"match.{name}: {value[:100]!r} is not an id of 1 to 100 visible characters"
    for topic in match.topics[:MOST_MATCHED]:
        if topics is not None and topic not in topics:
            yield f"match.topics: {topic!r} is not a topic; the topics are: {', '.join(topics)}"
    own = (organisation,)
    if covers is Covers.LEVEL_0 and match.sellers not in ((), own):
        yield f"match.sellers: level 0 is the seller's own, so it is {organisation!r}: leave it out"
    category = {Covers.END_TO_END: None, Covers.PARTNER: Category.USER_SUPPORT}
    only = category.get(covers, Category.TECHNICAL_SUPPORT)
    if only is not None and match.categories and only not in match.categories:
        yield f"match.categories: a case at {covers.value} is of {only.value}: leave it out"

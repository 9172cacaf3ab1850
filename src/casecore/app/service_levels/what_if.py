"""What would be if other policies had been published: all of history under policies that are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.service_levels.policies_and_calendars import read_book
from casecore.app.views import cores_or
from casecore.cases.topics import TOPICS
from casecore.clocks.instants import micros
from casecore.contract.service_levels import Calendar, Policy
from casecore.errors.kinds import InvalidInput
from casecore.evaluation.whatif import Result, what_if
from casecore.service_levels.book import Book
from casecore.service_levels.calendar_file import reading_once
from casecore.service_levels.choice import ties
from casecore.service_levels.errors import InvalidServiceLevelFile
from casecore.service_levels.policy_checks import policy_faults
from casecore.service_levels.policy_file import as_policy, load_policy
from casecore.service_levels.policy_tables import CalendarTable
from casecore.service_levels.policy_text import PolicyText, read_policy_text
from casecore.visibility.rules import Viewer

MOST_CHARACTERS = 40_000
"""Of a policy's text, as the doors for people and programs take it."""
LEAST_PROCESSES = 2
"""Of a long run beside a server: it would hold up the server's own answers otherwise."""
NICENESS = 10


def load_policies(paths: list[Path], book: Book | None = None) -> list[Policy]:
    """The policies of these files, with the calendars of the book where it has them.

    Raises InvalidServiceLevelFile, and InvalidInput for two of which none would go before the other.
    """
    read = reading_once()
    policies = [load_policy(path, TOPICS, book or Book(), read) for path in paths]
    for one, other in combinations(policies, 2):
        if one.id == other.id:
            raise InvalidInput(f"the policy {one.id} is given twice: try one version at a time")
        if ties(one, other):
            raise InvalidInput(
                f"{one.id} and {other.id} are as specific as each other, and a case could match both: "
                "give one of them, or name a customer, seller, topic, priority or category in one"
            )
    return policies


def what_if_history(
    app: Application,
    paths: list[Path],
    at: datetime,
    limit: int,
    processes: int | None = None,
    on_progress: Callable[[float], None] = lambda _: None,
) -> Result:
    """Every case as it is and under the policies of these files; nothing is changed.

    `limit` bounds the changes that are kept, `on_progress` hears which share is done. Raises as
    `load_policies`, and DatabaseUnavailable.
    """
    policies = load_policies(paths, read_book(app))
    up_to = app.log.last_position()
    return what_if(app.database, policies, micros(at), up_to, limit, cores_or(processes), on_progress)


class ChosenCalendar(NamedTuple):
    """A published version of a calendar."""

    id: str
    version: int


def read_tried_policy(app: Application, text: str, chosen: ChosenCalendar | None, viewer: Viewer) -> Policy:
    """A policy that somebody types to try it, with a calendar that their organisation published.

    That is the chosen one, or else the one that the text names, or else that of the published policy with
    this id. Raises InvalidServiceLevelFile with all faults, and DatabaseUnavailable.
    """
    read = read_policy_text(text, TOPICS)
    definition = read.definition
    if definition.organisation != viewer.organisation:
        fault = (
            f"organisation: is {definition.organisation!r}: try a policy of your own, {viewer.organisation!r}"
        )
        raise InvalidServiceLevelFile("policy", [fault])
    policy = as_policy(definition, _calendar_of(read, chosen, read_book(app, viewer)))
    faults = policy_faults(policy, TOPICS)
    if faults:
        raise InvalidServiceLevelFile("policy", faults)
    return policy


def _calendar_of(read: PolicyText, chosen: ChosenCalendar | None, book: Book) -> Calendar:
    wanted: ChosenCalendar | CalendarTable | Calendar | None = chosen
    if wanted is None and isinstance(read.calendar, CalendarTable):
        wanted = read.calendar
    if wanted is None:
        published = book.policy(read.definition.id)
        wanted = published.policy.calendar if published else None
    there = ", ".join(f"{name} 1 to {len(versions)}" for name, versions in book.calendars.items())
    if wanted is None:
        fault = (
            f"calendar: {read.calendar!r} is a file, and none is read here: choose one below the policy, or "
            f'write calendar = {{ id = "ID", version = 1 }}; published are: {there or "none"}'
        )
        raise InvalidServiceLevelFile("policy", [fault])
    found = book.calendar(wanted.id, wanted.version)
    if found is None:
        fault = (
            f"calendar: version {wanted.version} of {wanted.id!r} is not published; "
            f"published are: {there or 'none'}"
        )
        raise InvalidServiceLevelFile("policy", [fault])
    return found.calendar


def what_if_seen(
    app: Application,
    policy: Policy,
    at: datetime,
    limit: int,
    viewer: Viewer,
    on_progress: Callable[[float], None] = lambda _: None,
) -> Result:
    """Every case that a viewer sees as it is and under a policy, beside a server; nothing is changed.

    `limit` bounds the changes that are kept. Raises DatabaseUnavailable, and what `on_progress` raises, which
    ends it.
    """
    return what_if(
        app.database,
        [policy],
        micros(at),
        app.log.last_position(),
        limit,
        max(LEAST_PROCESSES, cores_or(None)),
        on_progress,
        viewer,
        NICENESS,
    )

"""The use case of pinning a published policy: gives the commands, and counts what became of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.service_levels.policies_and_calendars import read_book
from casecore.cases.refusals import PolicyUnknown
from casecore.commands.batch import Answer
from casecore.commands.window import Window
from casecore.contract.service_levels import Policy
from casecore.decider.command import GivenActor
from casecore.decider.refusal import Refusal
from casecore.decider.stored_facts import LeftOut
from casecore.evaluation.pinning import last_versions, pins_for
from casecore.service_levels.book import Book
from casecore.visibility.rules import Viewer

MOST_REFUSALS = 10
"""Of the refusals so many are kept, the first ones."""


class PinningResult(NamedTuple):
    """What became of the cases; of the refusals the first ones.

    `left_out` are the cases to which a newer program wrote.
    """

    pinned: int
    refused: int
    left_to_another: int
    refusals: list[str]
    left_out: tuple[str, ...] = ()


def pin_policy(
    app: Application,
    policy: str,
    version: int | None,
    actor: GivenActor,
    reason: str,
    on_progress: Callable[[float], None] = lambda _: None,
    viewer: Viewer | None = None,
) -> tuple[Policy, PinningResult]:
    """Pin a published policy, by default its last version, to all cases that lack one, and a viewer sees.

    Raises PolicyUnknown and DatabaseUnavailable. `on_progress` hears which share of the store is done.
    """
    book = read_book(app)
    found = book.policy(policy, version)
    if found is None:
        raise PolicyUnknown(f"policy {policy}" if version is None else f"version {version} of {policy}")
    return found.policy, pin_everywhere(app, book, found.policy, actor, reason, on_progress, viewer)


def pin_everywhere(
    app: Application,
    book: Book,
    policy: Policy,
    actor: GivenActor,
    reason: str,
    on_progress: Callable[[float], None] = lambda _: None,
    viewer: Viewer | None = None,
) -> PinningResult:
    """Pin a policy of the book to all cases that lack one, and a viewer sees; raises DatabaseUnavailable."""
    others = last_versions(book, policy.covers)
    up_to = app.log.last_position()
    pinned = refused = left = 0
    refusals: list[str] = []

    def count(case: str, reply: Answer | Refusal) -> None:
        nonlocal pinned, refused
        if not isinstance(reply, Refusal):
            pinned += reply.events
            return
        refused += 1
        if len(refusals) < MOST_REFUSALS:
            refusals.append(f"{case}: {reply}")

    window, left_out = Window(app.bus.submit, count), LeftOut()
    for part in pins_for(app.database, policy, others, up_to, actor, reason, left_out, viewer):
        left += part.left
        for command in part.commands:
            window.submit(command, command.case)
        on_progress(part.done)
    window.finish()
    return PinningResult(pinned, refused, left, refusals, left_out.names())

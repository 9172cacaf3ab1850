"""The cases that lack a policy which is for them, as after an import, and the commands that pin it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from casecore.cases.commands import CaseCommand, PinPolicy
from casecore.commands.finding_ids import Finding, finding_id
from casecore.contract.service_levels import Covers, Policy
from casecore.decider.command import GivenActor
from casecore.decider.stored_facts import LeftOut
from casecore.evaluation.case_events import lacks, wins
from casecore.evaluation.histories import cases_of, stream_ranges
from casecore.service_levels.book import Book
from casecore.visibility.rules import Viewer


class Pins(NamedTuple):
    """For a range of streams: the share that is done with it, the commands that pin the policy, and how many
    cases that it matches are left to another policy."""

    done: float
    commands: list[CaseCommand]
    left: int


def pins_for(
    database: str,
    policy: Policy,
    others: Sequence[Policy],
    up_to: int,
    actor: GivenActor,
    reason: str,
    left_out: LeftOut,
    viewer: Viewer | None = None,
) -> Iterator[Pins]:
    """What is to be pinned in each range of streams, up to a position of the log.

    A case that a viewer sees gets the policy if it has none for what the policy covers, and the policy
    matches it as at its opening, or at its first arrival at the level. It is left to one of the `others` that
    is more specific there, so that the order in which policies are pinned does not matter. The commands' ids
    follow from case and policy, so that they may be submitted twice. `left_out` gets the cases of a newer
    program. Raises DatabaseUnavailable.
    """
    ranges = stream_ranges(up_to)
    for done, streams in enumerate(ranges, start=1):
        lacking = [case for case in cases_of(database, streams, left_out, viewer) if lacks(case, policy)]
        getting = [case.reference for case in lacking if wins(case, policy, others)]
        commands = [pin_command(reference, policy, actor, reason) for reference in getting]
        yield Pins(done / len(ranges), commands, len(lacking) - len(getting))


def last_versions(book: Book, covers: Covers) -> list[Policy]:
    """The last version of each published policy of that cover."""
    last = (versions[-1].policy for versions in book.policies.values())
    return [policy for policy in last if policy.covers is covers]


def pin_command(reference: str, policy: Policy, actor: GivenActor, reason: str) -> CaseCommand:
    """The command that pins a policy to a case."""
    return CaseCommand(
        # The id holds the actor as Python prints it, so the actor's type keeps its name and its fields.
        command_id=finding_id(
            Finding.POLICY_PIN, f"{reference}/{policy.id}/{policy.version}/{actor}/{reason}"
        ),
        actor=actor,
        case=reference,
        do=PinPolicy(policy=policy.id, version=policy.version, reason=reason),
    )

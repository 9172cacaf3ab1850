"""The case as the command bus sees it: which page decides on which action."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from casecore.cases.commands import CaseCommand, ImportActivity, NoteServiceLevel, PinPolicy, RowDetails
from casecore.cases.decide import decide_action
from casecore.cases.imported import decide_import
from casecore.cases.opening import parties_to_check
from casecore.cases.service_levels import note_service_level, pin_policy, pins_after
from casecore.cases.state import Case, evolve
from casecore.contract.streams import SERVICE_LEVEL_BOOK, case_stream_id, party_stream_id
from casecore.decider.decider import Context, Decider, Decision, Evolve
from casecore.decider.refusal import CommandMalformed
from casecore.parties.party import evolve as evolve_party
from casecore.service_levels.book import evolve as evolve_book


def decide(case: Case | None, command: CaseCommand, context: Context) -> Decision:
    """The facts that a command leads to; raises a Refusal. The rules are those of domain.md."""
    reference, actor = command.case, command.actor
    if command.details is not None and not isinstance(command.do, ImportActivity):
        raise CommandMalformed("details go with an imported row only: leave them out")
    match command.do:
        case ImportActivity() as do:
            return decide_import(case, reference, actor, do, command.details or RowDetails(), context)
        case PinPolicy() as do:
            pinned = pin_policy(case, reference, actor, do, context)
            return Decision((pinned,) if pinned else ())
        case NoteServiceLevel() as do:
            noted = note_service_level(case, reference, actor, do, context.occurred_at)
            return Decision((noted,) if noted else ())
        case do:
            made = decide_action(case, reference, actor, do, context)
            return Decision((made, *pins_after(case, made, context)) if made else ())


def stream_of(command: CaseCommand) -> UUID:
    """The stream that a command is for."""
    return case_stream_id(command.case)


_RELATED: Mapping[UUID, Evolve] = {SERVICE_LEVEL_BOOK: evolve_book}


def related_streams(command: CaseCommand) -> Mapping[UUID, Evolve]:
    """The published policies, and of an opening the parties that it brings."""
    parties = {party_stream_id(party): evolve_party for party in parties_to_check(command)}
    return {**_RELATED, **parties} if parties else _RELATED


CASES = Decider[Case, CaseCommand](CaseCommand, stream_of, decide, evolve, related_streams)

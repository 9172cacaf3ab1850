"""The case as the command bus sees it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from casecore.cases.commands import CaseCommand, ImportActivity, NoteServiceLevel
from casecore.cases.decide import decide_action
from casecore.cases.imported import decide_import
from casecore.cases.notes import note_service_level
from casecore.cases.permissions import check_permission
from casecore.cases.pinning import pins_after
from casecore.cases.state import Case, evolve
from casecore.contract.streams import SERVICE_LEVEL_BOOK, case_stream_id
from casecore.decider.decider import Context, Decider, Decision, Evolve
from casecore.service_levels.book import evolve as evolve_book


def decide(case: Case | None, command: CaseCommand, context: Context) -> Decision:
    """The facts that a command leads to; raises a Refusal. The rules are those of domain.md."""
    do = command.do
    if isinstance(do, ImportActivity):
        check_permission(do.verb, command.actor.role, case.standing if case else None)
        return decide_import(case, command.case, command.actor, do, context)
    if isinstance(do, NoteServiceLevel):
        check_permission(do.verb, command.actor.role, case.standing if case else None)
        note = note_service_level(case, command.case, do, context.occurred_at)
        return Decision((note,) if note else ())
    made = decide_action(case, command.case, command.actor, do, context)
    return Decision((made, *pins_after(case, made, context)) if made else ())


def stream_of(command: CaseCommand) -> UUID:
    """The stream that a command is for."""
    return case_stream_id(command.case)


_RELATED: Mapping[UUID, Evolve] = {SERVICE_LEVEL_BOOK: evolve_book}

CASES = Decider[Case, CaseCommand](CaseCommand, stream_of, decide, evolve, related_streams=lambda _: _RELATED)

"""How a row of another system's log becomes exactly one event, with the moves that it implies."""

from __future__ import annotations

from uuid import UUID

from casecore.cases import commands as c
from casecore.cases.decide import decide_action
from casecore.cases.events import event
from casecore.cases.lifecycle import AT_WORK
from casecore.cases.permissions import check_only_the_system
from casecore.cases.state import Case, evolve
from casecore.contract.cases import ActivityNoted, CaseEvent, State
from casecore.contract.envelope import Fact, Source
from casecore.contract.personal import Plain
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context, Decision
from casecore.decider.refusal import Refusal

_NO_ID = UUID(int=0)


class _Importing:
    """The decision on one row: the case after the moves implied so far."""

    def __init__(
        self, case: Case | None, reference: str, actor: GivenActor, opening: c.OpenCase, context: Context
    ) -> None:
        self.case = case
        self.events: tuple[CaseEvent, ...] = ()
        self._reference = reference
        self._actor = actor
        self._opening = opening
        self._context = context

    def make(self, action: c.PlainAction) -> bool:
        """Append the event of the action; False if it changes nothing. Raises a Refusal."""
        made = decide_action(self.case, self._reference, self._actor, action, self._context)
        if made is None:
            return False
        fact = Fact(
            occurred_at=self._context.occurred_at,
            actor=self._actor.as_actor(),
            command_id=_NO_ID,
            correlation_id=_NO_ID,
            data=made,
        )
        self.case = evolve(self.case, fact)
        self.events += (made,)
        return True

    def make_with_implied(self, action: c.PlainAction) -> bool:
        """As `make`, after the moves that the action implies; raises the Refusal that no move avoids."""
        while True:
            try:
                return self.make(action)
            except Refusal:
                implied = self._implied_by(action)
                if implied is None:
                    raise
            self.make(implied)

    def _implied_by(self, action: c.PlainAction) -> c.PlainAction | None:
        """The one move that the log leaves out before this action, from the state of the case now."""
        if self.case is None:
            return self._opening
        state = self.case.standing.state
        closing = isinstance(action, c.CloseCase)
        if state is State.OPENED:
            return c.TakeCase()
        if state is State.RESOLVED and not closing:
            return c.ReopenCase()
        if state in AT_WORK and closing:
            return c.ResolveCase(resolution_code="unstated")
        return None


def decide_import(
    case: Case | None,
    reference: str,
    actor: GivenActor,
    do: c.ImportActivity,
    details: c.RowDetails,
    context: Context,
) -> Decision:
    """The row's own event, last, after the moves it implies; a note where no attempt can be made legal.

    First every attempt is made on the case as it is, then every attempt with implied moves before it.
    Raises NotPermitted, or the Refusal of `do.opening` where the case cannot be opened at all.
    """
    check_only_the_system(do.verb, actor, case)
    source = _source(do.source, details)
    for make in (_Importing.make, _Importing.make_with_implied):
        for attempt in do.attempts:
            row = _Importing(case, reference, actor, do.opening, context)
            try:
                made = make(row, attempt)
            except Refusal:
                continue
            if made:
                return Decision(row.events, len(row.events) - 1, source)
    row = _Importing(case, reference, actor, do.opening, context)
    if row.case is None:
        row.make(do.opening)
    assert row.case is not None
    note = event(ActivityNoted, row.case, row.case.standing)
    return Decision((*row.events, note), len(row.events), source)


def _source(given: c.GivenSource, details: c.RowDetails) -> Source:
    personal = frozenset(given.personal)
    resource = given.resource
    return Source(
        name=given.name,
        case=given.case,
        place=given.place,
        activity=given.activity,
        resource=Plain(resource) if resource and given.resource_is_personal else resource,
        attributes={k: Plain(v) if k in personal else v for k, v in given.attributes.items()},
        types=dict(details.types),
        utc_offset_seconds=details.utc_offset_seconds,
    )

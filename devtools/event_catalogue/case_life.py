"""The life of a case as its events: which move is which event, and one case from its opening to its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from casecore.cases import commands as c
from casecore.cases.decide import decide_action
from casecore.cases.lifecycle import ENDED, LEVEL_AT, TRANSITIONS, Transition
from casecore.cases.state import Case
from casecore.contract.cases import Category, Level, Priority, Standing, State
from casecore.contract.envelope import Role
from casecore.contract.service_levels import CalendarPublished, PolicyPublished
from casecore.contract.streams import case_stream_id
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context
from casecore.evaluation.histories import case_of
from casecore.evaluation.watch import commands_for
from casecore.service_levels.commands import PublishCalendar, PublishPolicy, ServiceLevelCommand
from devtools.event_catalogue.paper import Paper
from devtools.event_catalogue.sequence import Sequence, short_name
from devtools.examples import examples

_CUSTOMER = GivenActor("k.brandt", "practice-lindenhof", Role.CUSTOMER)
_SELLER = GivenActor("j.petersen", "dental-systems-nord", Role.SELLER)
_VENDOR = GivenActor("m.keller", "imaging-software", Role.VENDOR)
_SYSTEM = GivenActor("somebody", "casecore", Role.SYSTEM)
_PARTNER = "praxis-training"
_CASE = "C-2026-0417"
_OPENED_AT = datetime(2026, 3, 2, 7, 5, tzinfo=UTC)
_NO_ID = UUID(int=0)

_LEVEL_OF = {
    "was_at_level_0": Level.LEVEL_0,
    "was_at_level_1": Level.LEVEL_1,
    "was_with_partner": Level.PARTNER,
}
_TOPIC = {Category.TECHNICAL_SUPPORT: "recovery", Category.USER_SUPPORT: "program_use"}


class NotTheLifecycle(ValueError):
    """The deciders lead elsewhere than the table of transitions says: the message names the row."""


def moves_diagram() -> str:
    """The moves of a case as a Mermaid state diagram: on each arrow the event that says it.

    From the table that the program runs on; each event is what the decider gives for the row.
    """
    arrows: dict[tuple[str, str], dict[str, None]] = {}
    for row in TRANSITIONS:
        arrows.setdefault((row.source.value, row.target.value), {})[_event_of(row)] = None
    lines = ["stateDiagram-v2", f"    [*] --> {State.OPENED.value}: opened"]
    lines += [f"    {source} --> {target}: {', '.join(names)}" for (source, target), names in arrows.items()]
    return "\n".join([*lines, *(f"    {state.value} --> [*]" for state in State if state in ENDED)])


def _event_of(row: Transition) -> str:
    """The event by which a case moves as a row says, as its decider gives it; raises NotTheLifecycle."""
    case = _case_at(row)
    context = Context(_OPENED_AT, _OPENED_AT, _VENDOR.organisation)
    made = decide_action(case, _CASE, _SYSTEM, _action(row.trigger, case.standing), context)
    if made is None or made.standing.state is not row.target:
        raise NotTheLifecycle(f"{row}: the decider gives {made}")
    return short_name(made)


def _case_at(row: Transition) -> Case:
    """A case from which the row's move is legal."""
    level = LEVEL_AT.get(row.source) or _LEVEL_OF.get(row.condition or "")
    is_use = level is Level.PARTNER or row.condition == "user_support"
    category = Category.USER_SUPPORT if is_use else Category.TECHNICAL_SUPPORT
    standing = Standing(row.source, category, _TOPIC[category], Priority.NORMAL, "anybody", level)
    parties = (_CUSTOMER.organisation, _SELLER.organisation, _VENDOR.organisation, _PARTNER)
    return Case(_CASE, *parties, standing, _OPENED_AT, _OPENED_AT)


def _action(trigger: str, standing: Standing) -> c.PlainAction:
    other = next(category for category in Category if category is not standing.category)
    actions: dict[str, c.PlainAction] = {
        "take": c.TakeCase(),
        "escalate": c.EscalateCase(),
        "hand_back": c.HandBackCase(),
        "resolve": c.ResolveCase(resolution_code="solved"),
        "close": c.CloseCase(),
        "reopen": c.ReopenCase(),
        "reclassify": c.ReclassifyCase(category=other, topic=_TOPIC[other]),
        "cancel": c.CancelCase(reason="reported twice"),
    }
    return actions[trigger]


def case_sequence() -> str:
    """One case as a Mermaid sequence diagram: who gives which command, and which events follow."""
    return _CaseStory().told()


class _CaseStory:
    """A case of the examples, which the vendor solves, and once more since it was not solved."""

    def __init__(self) -> None:
        self._paper = Paper(_VENDOR.organisation)
        self._diagram = Sequence()
        self._minutes = 0

    def told(self) -> str:
        self._publish()
        opening = c.OpenCase(
            customer=_CUSTOMER.organisation,
            seller=_SELLER.organisation,
            category=Category.TECHNICAL_SUPPORT,
            topic=_TOPIC[Category.TECHNICAL_SUPPORT],
            priority=Priority.HIGH,
        )
        self._act(_CUSTOMER, opening, after=0)
        self._act(_SELLER, c.TakeCase(agent=_SELLER.person), after=15)
        self._act(_SELLER, c.WaitForCustomer(reason="Asked for the log file."), after=10)
        self._act(_CUSTOMER, c.PostMessage(text="The log file is attached."), after=30)
        self._act(_SELLER, c.EscalateCase(reason="The log names a corrupt table."), after=15)
        self._act(_VENDOR, c.AssignCase(agent=_VENDOR.person), after=25)
        self._look(after=230)
        self._act(_VENDOR, c.PostMessage(text="The table was rebuilt."), after=5)
        self._act(_VENDOR, c.ResolveCase(resolution_code="solved"), after=5)
        self._act(_CUSTOMER, c.ReopenCase(reason="It happened again."), after=60)
        self._act(_VENDOR, c.AssignCase(agent=_VENDOR.person), after=5)
        self._act(_VENDOR, c.RecordEffort(minutes=25), after=10)
        self._act(_VENDOR, c.ResolveCase(resolution_code="solved"), after=5)
        self._act(_CUSTOMER, c.CloseCase(), after=30)
        return self._diagram.text()

    def _publish(self) -> None:
        """What the vendor promises, as in the examples, but as first versions."""
        for data in (fact.data for fact in examples()):
            do: PublishCalendar | PublishPolicy
            match data:
                case CalendarPublished():
                    do = PublishCalendar(
                        organisation=data.organisation,
                        calendar=replace(data.calendar, version=1),
                        definition_sha256=data.definition_sha256,
                        holiday_names=data.holiday_names,
                    )
                case PolicyPublished():
                    calendar = replace(data.policy.calendar, version=1)
                    first = replace(data.policy, version=1, calendar=calendar)
                    do = PublishPolicy(policy=first, definition_sha256=data.definition_sha256)
                case _:
                    continue
            self._paper.give(ServiceLevelCommand(command_id=_NO_ID, actor=_VENDOR, do=do), _OPENED_AT)

    def _now(self, after: int) -> datetime:
        self._minutes += after
        return _OPENED_AT + timedelta(minutes=self._minutes)

    def _act(self, actor: GivenActor, do: c.PlainAction, after: int) -> None:
        """Somebody acts, so many minutes after what was before."""
        command = c.CaseCommand(command_id=_NO_ID, actor=actor, case=_CASE, do=do)
        made = self._paper.give(command, self._now(after))
        self._diagram.step(actor.role.value, do.verb, made)

    def _look(self, after: int) -> None:
        """The watch looks at the case."""
        now = self._now(after)
        case = case_of(self._paper.stream(case_stream_id(_CASE)))
        made = [data for command in commands_for(case, now) for data in self._paper.give(command, now)]
        self._diagram.step("watch", "what the clocks say", made)

"""The story of one case: steps with their times, as commands of those who act at that level."""

from __future__ import annotations

from operator import itemgetter
from typing import NamedTuple
from uuid import uuid5

from casecore.cases.commands import CaseCommand, OpenCase, PlainAction
from casecore.cases.decider import CASES
from casecore.cases.lifecycle import ENDED
from casecore.cases.permissions import turn_of
from casecore.cases.state import Case
from casecore.cases.topics import topics_of_category
from casecore.contract.cases import Category, Priority
from casecore.contract.envelope import Role
from casecore.contract.streams import SERVICE_LEVEL_BOOK, case_stream_id, package_stream_id
from casecore.decider.command import GivenActor
from casecore.service_levels.book import Book
from casecore.synthetic.actions import Performer, PlannedAction, actions_of
from casecore.synthetic.draws import Draws, Weighted
from casecore.synthetic.emission import EmittedCommand, EmittedStream
from casecore.synthetic.local_hours import HOUR, instant_of, local_day
from casecore.synthetic.names import AGENTS, SUBJECTS
from casecore.synthetic.packages import Customer, Customers, there_at
from casecore.synthetic.plan import Plan
from casecore.synthetic.shapes import LogStep
from casecore.synthetic.trajectory import TimedStep, TrajectoryModel

# What the log does not record, and the business has (domain.md, "What").
_TOPICS = Weighted(
    {
        "program_use": 12,
        "training": 5,
        "activation_request": 5,
        "activation": 6,
        "licence_renewal": 5,
        "server_installation": 3,
        "client_installation": 5,
        "server_client_connection": 8,
        "practice_management_interface": 7,
        "image_source_interface": 8,
        "backup_set_up": 4,
        "software_update": 9,
        "database_move": 2,
        "patch_installation": 4,
        "system_settings": 5,
        "recovery": 3,
        "troubleshooting": 9,
    }
)
_USER_SUPPORT = frozenset(topics_of_category(Category.USER_SUPPORT))
_FIRST_PRIORITIES = Weighted({Priority.LOW: 6, Priority.NORMAL: 3, Priority.HIGH: 1})
CANCELLED = 0.02
"""The share of cases that end as duplicates or mistakes; in the log it is one in 1,500."""
SOON = HOUR
"""The seconds within which an agent does what follows a step."""


def case_story(
    plan: Plan, number: int, customers: Customers, book: Book, model: TrajectoryModel
) -> list[EmittedCommand]:
    """The commands of a plan's case with a number from 0, in the order of time."""
    draws = Draws(f"{plan.namespace}/case/{number}")
    place = number + draws.share()
    path = model.path(draws)
    if draws.chance(CANCELLED):
        path = [*path[: 1 + draws.below(len(path))], LogStep.CANCEL]
    timed = model.timed(path, model.opened_at(plan, place), draws)
    # The square makes some customers ask more than others.
    customer = customers(int(there_at(plan, place) * draws.share() ** 2))
    emission = _CaseEmission(plan, number, book, model, draws)
    emission.open(timed[0].at, _opening(customer, timed[0].at, draws))
    for step, then in zip(timed[1:], [*timed[2:], None], strict=True):
        if emission.case.standing.state in ENDED:
            break
        emission.take_step(step, then)
    return emission.stream.emitted


def reference_of(plan: Plan, number: int) -> str:
    """The reference of a plan's case, from 0."""
    return f"{plan.mark}-{number + 1:06}"


def _opening(customer: Customer, at: int, draws: Draws) -> OpenCase:
    package = draws.one_of(customer.packages)
    topic = draws.weighted(_TOPICS)
    about_use = topic in _USER_SUPPORT
    return OpenCase(
        customer=customer.id,
        seller=package.seller_on(local_day(at)),
        partner=customer.partner if about_use or draws.chance(0.5) else None,
        category=Category.USER_SUPPORT if about_use else Category.TECHNICAL_SUPPORT,
        topic=topic,
        priority=draws.weighted(_FIRST_PRIORITIES),
        subject=SUBJECTS[topic],
        licence_package=None if draws.chance(0.2) else package_stream_id(package.reference),
    )


class _Due(NamedTuple):
    at: int
    action: PlannedAction


class _CaseEmission:
    """One case while its commands are made."""

    def __init__(self, plan: Plan, number: int, book: Book, model: TrajectoryModel, draws: Draws) -> None:
        self._reference = reference_of(plan, number)
        # A duplicate is one of a case that was opened not long before.
        self._earlier = reference_of(plan, number - 1 - draws.below(min(number, 20))) if number else None
        self._plan = plan
        self._model = model
        self._draws = draws
        related_streams = {SERVICE_LEVEL_BOOK: book}
        self.stream = EmittedStream(CASES, case_stream_id(self._reference), plan.vendor, related_streams)

    @property
    def case(self) -> Case:
        """The case's state now."""
        assert self.stream.state is not None
        return self.stream.state

    def open(self, at: int, opening: OpenCase) -> None:
        """The customer opens the case."""
        self._emit(at, self._actor(opening.customer, Role.CUSTOMER), opening)

    def take_step(self, step: TimedStep, then: TimedStep | None) -> None:
        """Emit what a step of the log is in this case: now, and what follows before the next step."""
        made = actions_of(step.step, self.case, self._earlier, self._draws)
        until = then.at if then is not None else step.at
        due = [_Due(self._at(step.at, until, action), action) for action in made]
        for at, action in sorted(due, key=itemgetter(0)):
            self._emit(at, self._actor_of(action.performer), action.do)

    def _at(self, at: int, until: int, action: PlannedAction) -> int:
        """When an action occurs: an agent's soon; what is waited for, any time before the next step."""
        if not action.share:
            return at
        gap = until - at if action.waited_for else min(until - at, SOON)
        return min(self._model.next_usual(at + int(gap * action.share)), until)

    def _actor_of(self, performer: Performer) -> GivenActor:
        case = self.case
        if performer is Performer.CUSTOMER:
            return self._actor(case.customer, Role.CUSTOMER)
        return self._actor(case.standing.organisation, turn_of(case.standing))

    def _actor(self, organisation: str, role: Role) -> GivenActor:
        assigned = self.stream.state.standing.agent if self.stream.state is not None else None
        person = "reception" if role is Role.CUSTOMER else assigned or self._draws.one_of(AGENTS)
        return GivenActor(person=person, organisation=organisation, role=role)

    def _emit(self, at: int, actor: GivenActor, do: PlainAction) -> None:
        name = f"{self._reference}/{len(self.stream.emitted)}"
        command = CaseCommand(
            command_id=uuid5(self._plan.namespace, name),
            actor=actor,
            occurred_at=instant_of(at),
            case=self._reference,
            do=do,
        )
        self.stream.emit(at, command)

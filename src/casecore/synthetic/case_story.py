"""The story of one case: steps with their times, as commands by those whose turn it is."""

from __future__ import annotations

from operator import itemgetter
from typing import NamedTuple
from uuid import uuid5

from casecore.cases.commands import CaseCommand, OpenCase, PlainAction
from casecore.cases.decider import CASES
from casecore.cases.lifecycle import ENDED
from casecore.cases.permissions import turn_of
from casecore.cases.state import Case
from casecore.cases.topics import topics_of
from casecore.contract.cases import Category, Priority
from casecore.contract.envelope import Role
from casecore.contract.streams import SERVICE_LEVEL_BOOK, case_stream_id, package_stream_id
from casecore.decider.command import GivenActor
from casecore.service_levels.book import Book
from casecore.synthetic.deeds import Deed, Who, deeds
from casecore.synthetic.draws import Draws, Weighted
from casecore.synthetic.local_hours import HOUR, instant_of, local_day
from casecore.synthetic.names import AGENTS, SUBJECTS
from casecore.synthetic.packages import Customer, Customers, there_at
from casecore.synthetic.plan import Plan
from casecore.synthetic.shapes import Step
from casecore.synthetic.telling import Stream, Told
from casecore.synthetic.walk import Timed, Walk

# What the log does not tell, and the business has (domain.md, "What").
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
_USER_SUPPORT = frozenset(topics_of(Category.USER_SUPPORT))
_FIRST_PRIORITIES = Weighted({Priority.LOW: 6, Priority.NORMAL: 3, Priority.HIGH: 1})
CANCELLED = 0.02
"""So many cases end as duplicates or mistakes; in the log it is one in 1,500."""
SOON = HOUR
"""Of what follows a step in hand, all lies within so many seconds."""


def case_story(plan: Plan, number: int, customers: Customers, book: Book, walk: Walk) -> list[Told]:
    """All that is told of a plan's case, from 0; in the order of time."""
    draws = Draws(f"{plan.namespace}/case/{number}")
    place = number + draws.share()
    path = walk.path(draws)
    if draws.chance(CANCELLED):
        path = [*path[: 1 + draws.below(len(path))], Step.CANCEL]
    timed = walk.timed(path, walk.opened_at(plan, place), draws)
    # The square makes some customers ask more than others.
    customer = customers(int(there_at(plan, place) * draws.share() ** 2))
    telling = _Telling(plan, number, book, walk, draws)
    telling.open(timed[0].at, _opening(customer, timed[0].at, draws))
    for step, then in zip(timed[1:], [*timed[2:], None], strict=True):
        if telling.case.standing.state in ENDED:
            break
        telling.take_step(step, then)
    return telling.stream.told


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
    deed: Deed


class _Telling:
    """One case while it is told."""

    def __init__(self, plan: Plan, number: int, book: Book, walk: Walk, draws: Draws) -> None:
        self._reference = reference_of(plan, number)
        # A duplicate is one of a case that was opened not long before.
        self._earlier = reference_of(plan, number - 1 - draws.below(min(number, 20))) if number else None
        self._plan = plan
        self._walk = walk
        self._draws = draws
        related_streams = {SERVICE_LEVEL_BOOK: book}
        self.stream = Stream(CASES, case_stream_id(self._reference), plan.vendor, related_streams)

    @property
    def case(self) -> Case:
        """The case as it stands."""
        assert self.stream.state is not None
        return self.stream.state

    def open(self, at: int, opening: OpenCase) -> None:
        """The customer opens the case."""
        self._give(at, self._actor(opening.customer, Role.CUSTOMER), opening)

    def take_step(self, step: Timed, then: Timed | None) -> None:
        """What a step of the log is in this case, at once, and what follows before the next step."""
        made = deeds(step.step, self.case, self._earlier, self._draws)
        until = then.at if then is not None else step.at
        due = [_Due(self._at(step.at, until, deed), deed) for deed in made]
        for at, deed in sorted(due, key=itemgetter(0)):
            self._give(at, self._who(deed.who), deed.do)

    def _at(self, at: int, until: int, deed: Deed) -> int:
        """When it is done: what an agent has in hand soon, what others are waited for by the next step."""
        if not deed.share:
            return at
        gap = until - at if deed.waited_for else min(until - at, SOON)
        return min(self._walk.next_usual(at + int(gap * deed.share)), until)

    def _who(self, who: Who) -> GivenActor:
        case = self.case
        if who is Who.CUSTOMER:
            return self._actor(case.customer, Role.CUSTOMER)
        return self._actor(case.standing.organisation, turn_of(case.standing))

    def _actor(self, organisation: str, role: Role) -> GivenActor:
        assigned = self.stream.state.standing.agent if self.stream.state is not None else None
        person = "reception" if role is Role.CUSTOMER else assigned or self._draws.one_of(AGENTS)
        return GivenActor(person=person, organisation=organisation, role=role)

    def _give(self, at: int, actor: GivenActor, do: PlainAction) -> None:
        name = f"{self._reference}/{len(self.stream.told)}"
        command = CaseCommand(
            command_id=uuid5(self._plan.namespace, name),
            actor=actor,
            occurred_at=instant_of(at),
            case=self._reference,
            do=do,
        )
        self.stream.give(at, command)

"""What a fee can follow from in a case's events: its first resolution for each giver, and the effort."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple, TypeAlias

from casecore.contract.cases import CaseEvent, CaseResolved, Category, EffortRecorded, State
from casecore.contract.envelope import EventData, Fact, Role
from casecore.contract.fees import FeeService
from casecore.decider.business_day import day_of

Giver: TypeAlias = tuple[FeeService, str]
"""A service, and the party that gives it."""


class Resolution(NamedTuple):
    """The day, in Europe/Berlin, and the topic of a resolution, and which of the case's events it is."""

    on: date
    topic: str
    version: int


class Effort(NamedTuple):
    """The minutes that an organisation recorded, and the last of these events."""

    minutes: int
    version: int


class CaseWork(NamedTuple):
    """A case as fees see it: its customer, the first resolution for each giver, and everyone's effort."""

    case: str
    customer: str
    resolutions: dict[Giver, Resolution]
    efforts: dict[str, Effort]


def work_of(facts: Iterable[Fact[EventData]]) -> CaseWork | None:
    """The work on a case, from all its facts in order; None for another kind of stream.

    Level 0 has worked on a case that the seller had there, even if the vendor resolved it later. The partner
    that resolved user support has worked on it. A later resolution adds nothing to the first one.
    """
    reference = customer = ""
    resolutions: dict[Giver, Resolution] = {}
    efforts: dict[str, Effort] = {}
    has_been_at_level_0 = False
    for version, fact in enumerate(facts, start=1):
        data = fact.data
        if not isinstance(data, CaseEvent):
            return None
        reference, customer = data.reference, data.customer
        has_been_at_level_0 = has_been_at_level_0 or data.standing.state is State.RESELLER_L0
        if isinstance(data, EffortRecorded):
            organisation = _worked_for(fact, data)
            before = efforts.get(organisation, Effort(0, 0))
            efforts[organisation] = Effort(before.minutes + data.minutes, version)
        giver = _giver(data, has_been_at_level_0) if isinstance(data, CaseResolved) else None
        if giver is not None:
            resolution = Resolution(day_of(fact.occurred_at), data.standing.topic, version)
            resolutions.setdefault(giver, resolution)
    return CaseWork(reference, customer, resolutions, efforts) if reference else None


def _giver(data: CaseResolved, has_been_at_level_0: bool) -> Giver | None:
    if data.standing.category is Category.USER_SUPPORT:
        return (FeeService.USER_SUPPORT, data.partner) if data.partner is not None else None
    return (FeeService.LEVEL_0, data.seller) if has_been_at_level_0 else None


def _worked_for(fact: Fact[EventData], data: EffortRecorded) -> str:
    # The system records effort for others: for the organisation whose turn it is.
    is_system = fact.actor.role is Role.SYSTEM
    return data.standing.organisation if is_system else fact.actor.organisation

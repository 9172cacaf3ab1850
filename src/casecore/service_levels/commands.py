"""Commands on the book of service levels."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from casecore.contract.service_levels import Calendar, Policy
from casecore.decider.command import Action, Command, Id, Line, Sha256

IsoDate: TypeAlias = Annotated[
    str,
    msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", description="A date such as 2026-12-24"),
]


class PublishCalendar(Action, frozen=True, kw_only=True, tag="publish_calendar"):
    """Publish a version of a calendar, with its holidays and its zone's changes as dates."""

    organisation: Id
    calendar: Calendar
    definition_sha256: Sha256
    holiday_names: Annotated[dict[IsoDate, Line], msgspec.Meta(max_length=2_000)] = msgspec.field(
        default_factory=dict
    )


class PublishPolicy(Action, frozen=True, kw_only=True, tag="publish_policy"):
    """Publish a version of a policy, with the published calendar that it names."""

    policy: Policy
    definition_sha256: Sha256


ServiceLevelAction: TypeAlias = PublishCalendar | PublishPolicy


class ServiceLevelCommand(Command, frozen=True, kw_only=True, tag="service_level"):
    """A command on the book of service levels."""

    do: ServiceLevelAction

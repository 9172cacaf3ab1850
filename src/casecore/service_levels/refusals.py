"""Why a command on the book of service levels is refused; each docstring is the message to the user."""

from __future__ import annotations

from dataclasses import dataclass

from casecore.decider.refusal import Refusal
from casecore.errors.kinds import Kind


@dataclass
class NotYourServiceLevel(Refusal):
    """{organisation} may not publish what belongs to {owner}: only an agent of {owner} may, or one of
    the vendor."""

    kind = Kind.FORBIDDEN
    organisation: str
    owner: str


@dataclass
class IdOfAnother(Refusal):
    """The id {id} belongs to {owner}, which published it first: choose another one for {organisation}."""

    kind = Kind.FORBIDDEN
    id: str
    owner: str
    organisation: str


@dataclass
class VersionPublished(Refusal):
    """Version {version} of {id} is published with another content, and never changes: make this one version
    {next}."""

    kind = Kind.CONFLICT
    id: str
    version: int
    next: int


@dataclass
class VersionOutOfOrder(Refusal):
    """{id} has {last} published versions, so the next one is {next}, not {version}."""

    id: str
    version: int
    last: int
    next: int


@dataclass
class InForceTooEarly(Refusal):
    """Version {version} of {id} would be in force from {begins_at}, and the version before it from
    {before_at}: a version is in force from the beginning of the one before it, or later."""

    id: str
    version: int
    begins_at: str
    before_at: str


@dataclass
class InvalidCalendar(Refusal):
    """The calendar {id} cannot be published: {faults}."""

    code = "calendar_faulty"  # published before the class was renamed
    id: str
    faults: str


@dataclass
class InvalidPolicy(Refusal):
    """The policy {id} cannot be published: {faults}."""

    code = "policy_faulty"  # published before the class was renamed
    id: str
    faults: str


@dataclass
class CalendarNotPublished(Refusal):
    """The policy {id} is measured by version {version} of the calendar {calendar}, which is not published
    with that content: publish the calendar first."""

    id: str
    calendar: str
    version: int


@dataclass
class PolicyTies(Refusal):
    """The policy {id} is as specific as {rivals}, and a case could match both: name a customer, seller,
    topic, priority or category in one of them that the other does not, or let them be in force at different
    times."""

    id: str
    rivals: tuple[str, ...]

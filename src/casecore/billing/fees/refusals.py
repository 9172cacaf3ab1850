"""Why a command on fees is refused; each docstring is the message that the user reads."""

from __future__ import annotations

from dataclasses import dataclass

from casecore.decider.refusal import FieldRefusal, Refusal
from casecore.errors.kinds import Kind


@dataclass
class NotYourFees(Refusal):
    """{organisation}, as {role}, may not say what {party} charges for {service}: {party} decides that itself,
    as {allowed}."""

    kind = Kind.FORBIDDEN
    organisation: str
    role: str
    party: str
    service: str
    allowed: tuple[str, ...]


@dataclass
class PartyLacksRole(FieldRefusal):
    """{field} is {party}, which does not have the role it needs: {wanted}. Give a party that has it, or add
    the role."""

    field: str
    party: str
    wanted: tuple[str, ...]


@dataclass
class FeePartyUnknown(FieldRefusal):
    """{field} is {party}, which is not registered: check the id, or register it."""

    field: str
    party: str


@dataclass
class FeeNotOfService(FieldRefusal):
    """terms are {terms}, which {service} does not have: give one of {possible}."""

    FIELD = "terms"
    terms: str
    service: str
    possible: tuple[str, ...]


@dataclass
class FeeOutOfRange(FieldRefusal):
    """{field} is {cents} cents: give an amount from 0 to {most} cents."""

    field: str
    cents: int
    most: int


@dataclass
class FeeTopicUnknown(FieldRefusal):
    """terms.amounts names the topic {topic}, which is not a topic of {service}; these are: {topics}."""

    FIELD = "terms.amounts"
    topic: str
    service: str
    topics: tuple[str, ...]


@dataclass
class FeeTopicTwice(FieldRefusal):
    """terms.amounts names the topic {topic} twice: give each topic one amount."""

    FIELD = "terms.amounts"
    topic: str


@dataclass
class FeeTopicsMissing(FieldRefusal):
    """terms.amounts is empty: give an amount for a topic, or terms of the kind none."""

    FIELD = "terms.amounts"


@dataclass
class FeeAgreedAlready(FieldRefusal):
    """from_on is {from_on}, and agreement {number} of {party} is for the same customers from that day on:
    choose another day, or withdraw it first."""

    kind = Kind.CONFLICT
    FIELD = "from_on"
    from_on: str
    number: int
    party: str


@dataclass
class FeeAgreementUnknown(FieldRefusal):
    """agreement is {number}, and {party} has no valid agreement with that number; it has {standing}."""

    kind = Kind.NOT_FOUND
    FIELD = "agreement"
    number: int
    party: str
    standing: tuple[int, ...]


@dataclass
class FeeEndsTooEarly(FieldRefusal):
    """from_on is {from_on}, and agreement {number} begins on {begins_on}: end it from a later day on, or
    withdraw it if it never applied."""

    FIELD = "from_on"
    from_on: str
    number: int
    begins_on: str


@dataclass
class TooManyFeeAgreements(Refusal):
    """{party} has {most} agreements, and may not have more: use one for all customers."""

    party: str
    most: int


@dataclass
class MemosAreDecided(Refusal):
    """{role} may not record or reverse a memo: memos follow from agreements, and the run that keeps fees
    records them."""

    kind = Kind.FORBIDDEN
    role: str


@dataclass
class FeeMemoMovedOn(Refusal):
    """Memo {number} cannot be {done}: by now it is {standing}. Repeat the run
    that keeps fees."""

    kind = Kind.CONFLICT
    number: int
    done: str
    standing: str


@dataclass
class FeeNotDue(Refusal):
    """fee.due_on is {due_on}, which lies after today, {today}: it has not fallen due yet."""

    due_on: str
    today: str

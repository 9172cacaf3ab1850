"""Why a command on a case is refused; each docstring is the message that the user reads."""

from __future__ import annotations

from dataclasses import dataclass

from casecore.decider.refusal import FieldRefusal, Refusal
from casecore.errors.kinds import Kind


@dataclass
class CaseUnknown(Refusal):
    """There is no case {case}: open it first, or check the reference."""

    kind = Kind.NOT_FOUND
    case: str


@dataclass
class CaseAlreadyOpened(Refusal):
    """There is a case {case} already: choose another reference."""

    kind = Kind.CONFLICT
    case: str


@dataclass
class IllegalMove(Refusal):
    """{trigger} is not possible while the case is {state}; possible are: {legal}."""

    trigger: str
    state: str
    legal: tuple[str, ...]


@dataclass
class NotAtWork(Refusal):
    """{asked} needs a case at work (reseller_l0, escalated_l1 or partner_support); this one is {state}."""

    asked: str
    state: str


@dataclass
class AlreadySolved(Refusal):
    """{asked} needs a case that is opened or at work; this one is {state}. Reopen a resolved
    case, or open a new one."""

    asked: str
    state: str


@dataclass
class AlreadyEnded(Refusal):
    """{asked} needs a case that has not ended; this one is {state}. Open a new case."""

    asked: str
    state: str


@dataclass
class NotPermitted(Refusal):
    """The role {role} may not {action} while it is the turn of {turn}; allowed are: {allowed}."""

    kind = Kind.FORBIDDEN
    role: str
    action: str
    turn: str
    allowed: tuple[str, ...]


@dataclass
class NotYourCase(Refusal):
    """{organisation} is not the {role} of this case: only that organisation's people act as its {role}."""

    kind = Kind.FORBIDDEN
    organisation: str
    role: str


@dataclass
class OutOfOrder(FieldRefusal):
    """occurred_at is {occurred_at}, before the case's last change at {changed_at}: only messages and effort
    may be recorded late."""

    FIELD = "occurred_at"
    occurred_at: str
    changed_at: str


@dataclass
class BeforeOpening(FieldRefusal):
    """occurred_at is {occurred_at}, before the case was opened at {opened_at}: give that time or
    a later one."""

    FIELD = "occurred_at"
    occurred_at: str
    opened_at: str


@dataclass
class AfterEnd(Refusal):
    """The case ended at {ended_at}: only messages and effort from before then can be added; open a new
    case."""

    ended_at: str


@dataclass
class TopicUnknown(FieldRefusal):
    """{topic} is not a topic of {category}; these are: {topics}."""

    FIELD = "topic"
    topic: str
    category: str
    topics: tuple[str, ...]


@dataclass
class PartnerMissing(FieldRefusal):
    """A user-support case needs a support partner: name it in `partner`."""

    FIELD = "partner"


@dataclass
class ReaderNotInvolved(Refusal):
    """{reader} has no part in this case; these may read an internal message: {involved}."""

    reader: str
    involved: tuple[str, ...]


@dataclass
class ReadersMissing(FieldRefusal):
    """An internal message names the organisations that may read it, in `readers`: {involved}."""

    FIELD = "readers"
    involved: tuple[str, ...]


@dataclass
class ReadersOfPublicMessage(FieldRefusal):
    """A public message is for everyone in the case: leave `readers` out, or make it internal."""

    FIELD = "readers"


@dataclass
class SenderIsAnother(FieldRefusal):
    """The role {role} does not write as {sender}: leave `sender` out."""

    FIELD = "sender"
    sender: str
    role: str


@dataclass
class CustomerWritesPublicly(FieldRefusal):
    """A customer's message is public: leave `audience` and `readers` out."""

    FIELD = "audience"


@dataclass
class CancelReasonMissing(FieldRefusal):
    """Cancelling needs a reason, or the case of which this one is a duplicate."""

    FIELD = "reason"


@dataclass
class DuplicateOfItself(Refusal):
    """{case} cannot be a duplicate of itself: name the other case."""

    case: str


@dataclass
class PolicyUnknown(FieldRefusal):
    """There is no {policy}: publish it first, or name one that is published."""

    kind = Kind.NOT_FOUND
    FIELD = "policy"
    policy: str


@dataclass
class PolicyNotInForce(FieldRefusal):
    """No version of the policy {policy} is in force at {at}: name a version, or another policy."""

    FIELD = "policy"
    policy: str
    at: str


@dataclass
class PolicyOfAnother(FieldRefusal):
    """The policy {policy} belongs to {owner}: only an agent of {owner} may pin it."""

    kind = Kind.FORBIDDEN
    FIELD = "policy"
    policy: str
    owner: str


@dataclass
class PolicyNotForThisCase(FieldRefusal):
    """The policy {policy} covers {covers}, which {owner} does not give in this case: choose a policy of those
    that give it: {givers}."""

    FIELD = "policy"
    policy: str
    covers: str
    owner: str
    givers: tuple[str, ...]


@dataclass
class CalendarTooShort(FieldRefusal):
    """The calendar of the policy {policy} reaches from {first_on} to {last_on}, and the case was opened at
    {opened_at}: publish a calendar that covers that day, and a version of the policy with it."""

    FIELD = "policy"
    policy: str
    first_on: str
    last_on: str
    opened_at: str


@dataclass
class CaseMovedOn(Refusal):
    """The case has {facts} facts by now, and this was found from the first {judged}: evaluate it again."""

    kind = Kind.CONFLICT
    facts: int
    judged: int

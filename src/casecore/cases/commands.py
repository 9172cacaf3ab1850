"""Commands on a case: each names the actor, the case, and one of the actions below."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec.structs import replace

from casecore.contract.cases import Audience, Category, Level, Priority, Sender
from casecore.contract.envelope import Instant
from casecore.contract.service_levels import Clock, TargetPercent, TargetSeconds
from casecore.decider.command import EARLIEST_YEAR, Action, Command, Id, Line, LongText, Text

ResolutionCode: TypeAlias = Literal[
    "solved", "workaround", "explained", "no_fault_found", "cannot_be_solved", "unstated"
]
AttributeType: TypeAlias = Literal["date", "int", "float", "boolean", "id"]
Minutes: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=1440)]


class OpenCase(Action, frozen=True, kw_only=True, tag="open"):
    """Open a case for a customer. User support names the partner; a technical case may."""

    customer: Id
    seller: Id
    partner: Id | None = None
    category: Category
    topic: Id
    priority: Priority = Priority.NORMAL
    subject: Line | None = None
    licence_package: UUID | None = None


class TakeCase(Action, frozen=True, kw_only=True, tag="take"):
    """Begin to work on an opened case, as its seller or, for user support, its partner."""

    agent: Id | None = None


class AssignCase(Action, frozen=True, kw_only=True, tag="assign"):
    """Name the agent who works on it at its level."""

    agent: Id


class EscalateCase(Action, frozen=True, kw_only=True, tag="escalate"):
    """Give it to the vendor; from `opened` only if its topic is one of level 1."""

    reason: Text | None = None


class HandBackCase(Action, frozen=True, kw_only=True, tag="hand_back"):
    """Give it back from the vendor to the seller."""

    reason: Text | None = None


class WaitForCustomer(Action, frozen=True, kw_only=True, tag="wait"):
    """Set the flag that the case waits for the customer; changes nothing if it waits already."""

    reason: Text | None = None


class ResumeCase(Action, frozen=True, kw_only=True, tag="resume"):
    """Clear that flag; changes nothing if the case does not wait."""


class PostMessage(Action, frozen=True, kw_only=True, tag="message"):
    """Write a message: public, or internal for the organisations in `readers`. May be recorded late.

    `readers` is a statement for those who show messages to people: no login of the store, of a topic or of a
    view belongs to an organisation, so nothing else holds to it yet.

    Only the system, which records other people's messages, states the `sender`; for all others the sender
    follows from the role.
    """

    text: LongText
    sender: Sender | None = None
    audience: Audience = Audience.PUBLIC
    readers: Annotated[tuple[Id, ...], msgspec.Meta(max_length=10)] = ()


class ChangePriority(Action, frozen=True, kw_only=True, tag="priority"):
    """Say how urgent it is."""

    priority: Priority


class ReclassifyCase(Action, frozen=True, kw_only=True, tag="reclassify"):
    """Change category and topic. With another category or partner the case goes back to `opened`."""

    category: Category
    topic: Id
    partner: Id | None = None


class RecordEffort(Action, frozen=True, kw_only=True, tag="effort"):
    """Record time spent on it, in minutes, up to a day. May be recorded late."""

    minutes: Minutes
    note: Text | None = None


class ResolveCase(Action, frozen=True, kw_only=True, tag="resolve"):
    """Say that it is solved, and how."""

    resolution_code: ResolutionCode
    summary: LongText | None = None


class ReopenCase(Action, frozen=True, kw_only=True, tag="reopen"):
    """Take a resolved case back to the level that resolved it."""

    reason: Text | None = None


class CloseCase(Action, frozen=True, kw_only=True, tag="close"):
    """End a resolved case."""


class CancelCase(Action, frozen=True, kw_only=True, tag="cancel"):
    """End a case unresolved: for a reason, or as a duplicate of the case with that reference."""

    reason: Text | None = None
    duplicate_of: Id | None = None


class PinPolicy(Action, frozen=True, kw_only=True, tag="policy"):
    """Pin a policy, in place of another or where there is none: that version, or the one in force."""

    policy: Id
    version: Annotated[int, msgspec.Meta(ge=1)] | None = None
    reason: Text


class ServiceLevelNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happened to one clock. A warning has `percent`, the share of the target that is used up.

    `run_started_at` is when the run of the clock began to which a warning belongs.
    """

    what: Literal["warned", "missed", "withdrawn"]
    clock: Clock
    level: Level | None = None
    number: Annotated[int, msgspec.Meta(ge=1)]
    policy_id: Id
    policy_version: Annotated[int, msgspec.Meta(ge=1)]
    organisation: Id
    target_seconds: TargetSeconds
    due_at: Instant | None = None
    percent: TargetPercent | None = None
    run_started_at: Instant | None = None


class NoteServiceLevel(Action, frozen=True, kw_only=True, tag="service_level"):
    """Record what the clocks say of the case's first `after_facts` facts, not counting these notes."""

    after_facts: Annotated[int, msgspec.Meta(ge=1)]
    note: ServiceLevelNote


class GivenSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A row of another system's log; `personal` names the attributes that are personal data."""

    name: Id
    case: Line
    place: Annotated[int, msgspec.Meta(ge=1)]
    activity: Line
    resource: Line | None = None
    resource_is_personal: bool = True
    attributes: Annotated[dict[Line, Text], msgspec.Meta(max_length=100)] = {}
    personal: Annotated[tuple[Line, ...], msgspec.Meta(max_length=100)] = ()


class RowDetails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What else is known of a row of another system's log; earlier programs did not read it.

    `types` are the types of attributes that are no text there, `utc_offset_seconds` is the offset with which
    the row states its time. `earliest_year` is given with a row from before 1970, by whoever knows that its
    year is right.
    """

    types: Annotated[dict[Line, AttributeType], msgspec.Meta(max_length=100)] = {}
    utc_offset_seconds: Annotated[int, msgspec.Meta(gt=-86_400, lt=86_400)] | None = None
    earliest_year: Annotated[int, msgspec.Meta(ge=1900, le=EARLIEST_YEAR)] | None = None


PlainAction: TypeAlias = (
    OpenCase
    | TakeCase
    | AssignCase
    | EscalateCase
    | HandBackCase
    | WaitForCustomer
    | ResumeCase
    | PostMessage
    | ChangePriority
    | ReclassifyCase
    | RecordEffort
    | ResolveCase
    | ReopenCase
    | CloseCase
    | CancelCase
)


class ImportActivity(Action, frozen=True, kw_only=True, tag="import"):
    """Keep a row of another system's log as one event.

    That is the first of `attempts` that is legal; else the first that implied moves make legal; else a note.
    `opening` is the implied opening of a case that does not exist yet.
    """

    source: GivenSource
    opening: OpenCase
    attempts: Annotated[tuple[PlainAction, ...], msgspec.Meta(max_length=8)] = ()


CaseAction: TypeAlias = PlainAction | PinPolicy | NoteServiceLevel | ImportActivity


class CaseCommand(Command, frozen=True, kw_only=True, tag="case"):
    """A command on the case with this reference.

    `details` of an imported row are no part of what makes two commands the same.
    """

    case: Id
    do: CaseAction
    details: RowDetails | None = None

    @property
    def names(self) -> str:
        """The reference in its address."""
        return self.case

    @property
    def earliest_year(self) -> int:
        """That of an imported row, where its details give one."""
        if self.details is None or not isinstance(self.do, ImportActivity):
            return EARLIEST_YEAR
        return self.details.earliest_year or EARLIEST_YEAR

    def content(self) -> CaseCommand:
        """The command without on whose behalf it is given, and without the details of an imported row."""
        if self.details is None and self.on_behalf_of is None:
            return self
        return replace(self, details=None, on_behalf_of=None)

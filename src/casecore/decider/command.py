"""Commands: what every command carries, and the bounds of its texts."""

from __future__ import annotations

from typing import Annotated, TypeAlias, TypedDict
from uuid import UUID

import msgspec
from msgspec.structs import replace

from casecore.contract.envelope import Actor, Instant, Role

# Control and format characters and line separators (Unicode's Cc, Cf, Zl and Zp), which are invisible.
_HIDDEN = (
    r"\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180e"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
)
# \Z, since $ would let a newline pass.
ID_PATTERN = rf"\A[^\s{_HIDDEN}](?:[^{_HIDDEN}]*[^\s{_HIDDEN}])?\Z"
_LINE = rf"\A[^{_HIDDEN}]*\Z"

LONGEST_ID = 100
AN_ID = (
    f"an id of 1 to {LONGEST_ID} visible characters, in Unicode's form NFC, and without a space at its ends"
)
"""What an id is, as it is said within a sentence."""

Id: TypeAlias = Annotated[
    str,
    msgspec.Meta(
        min_length=1, max_length=LONGEST_ID, pattern=ID_PATTERN, description=AN_ID[:1].upper() + AN_ID[1:]
    ),
]
"""What a stored id may be; a new one is besides as `casecore.decider.ids` says."""

Line: TypeAlias = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=200,
        pattern=_LINE,
        description="A line of 1 to 200 characters, and none that nobody sees",
    ),
]
Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
LongText: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]
Sha256: TypeAlias = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z", description="A SHA-256 of 64 digits of 0-9 and a-f")
]


EARLIEST_YEAR = 1970
"""Nothing in a support case happened before; a view of days must not begin at the year 1."""


class GivenActor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The actor of a command. The caller vouches for it: authentication is outside this program."""

    person: Id
    organisation: Id
    role: Role

    def as_actor(self) -> Actor:
        """The actor in the form of an event."""
        return Actor(self.person, self.organisation, self.role)

    def is_for_the_vendor(self, vendor: str) -> bool:
        """Whether it acts for the vendor: one of its agents, or the system."""
        return self.role is Role.SYSTEM or (self.role is Role.VENDOR and self.organisation == vendor)


class Command(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
):
    """What every command carries; each kind of stream adds its own address, and what to `do`.

    `command_id` makes it safe to send twice. `occurred_at` is when it happened (None: now).
    `correlation_id` connects what belongs together (None: the command's own id), `causation_id` names
    the event or command that led to this one. `on_behalf_of` is who asked for a command of the system; a
    command of anybody else is its actor's own, and has none.
    """

    command_id: UUID
    actor: GivenActor
    on_behalf_of: GivenActor | None = None
    occurred_at: Instant | None = None
    correlation_id: UUID | None = None
    causation_id: Id | None = None

    @property
    def names(self) -> str:
        """What the stream is called in addresses, once it is there; empty where that is decided elsewhere."""
        return ""

    @property
    def earliest_year(self) -> int:
        """The year before which `occurred_at` is a typing error."""
        return EARLIEST_YEAR

    def content(self) -> Command:
        """What must be the same when the command is given again.

        All of it, less on whose behalf it is given: what was done for one person is not to be done again for
        another one. Less also what later programs read from the same source besides: a command that an
        earlier program gave lacks that, and is the same command.
        """
        return self if self.on_behalf_of is None else replace(self, on_behalf_of=None)


class CommandHeader(TypedDict):
    """What a command carries beside its address and what to `do`, as keywords of any kind's constructor."""

    command_id: UUID
    actor: GivenActor
    occurred_at: Instant | None


class Action(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="action",
):
    """One thing that can be done to a stream; each kind of stream has its own."""

    @property
    def verb(self) -> str:
        """The name of the action, in a command and in the table of permissions."""
        return str(self.__struct_config__.tag)

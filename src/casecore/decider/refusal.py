"""Refusals: a type for each rule that a command can break."""

from __future__ import annotations

from dataclasses import dataclass, fields
from inspect import cleandoc
from typing import ClassVar
from uuid import UUID

from casecore.errors.kinds import CasecoreError, Kind


@dataclass
class Refusal(CasecoreError):
    """The command was refused; nothing was stored.

    The docstring of every subclass is its message, with the fields filled in. It is read at every door, so it
    names no command and no option of one; a field or an action of a command it may name.
    """

    kind = Kind.REFUSED

    @property
    def details(self) -> dict[str, str]:
        """The fields as text."""
        return {field.name: _text(getattr(self, field.name)) for field in fields(self)}

    def __str__(self) -> str:
        return " ".join(cleandoc(type(self).__doc__ or "").format(**self.details).split())


@dataclass
class FieldRefusal(Refusal):
    """The command was refused because of one of its fields."""

    FIELD: ClassVar[str] = ""

    @property
    def at_fault(self) -> str:
        """The invalid field of the command: always the same one, or that which the refusal's own `field`
        names.

        Empty if it is none of them.
        """
        return self.FIELD or str(getattr(self, "field", ""))


@dataclass
class CommandMalformed(Refusal):
    """The command cannot be read: {reason}."""

    reason: str


@dataclass
class CommandIdReused(Refusal):
    """The command id {command_id} was used for another command: give each command an id of its own."""

    command_id: str


@dataclass
class VersionDiffers(Refusal):
    """It was asked for at version {expected}, and is at version {version} by now: look again, then decide."""

    kind = Kind.CONFLICT

    expected: str
    version: int


@dataclass
class OccurredInTheFuture(FieldRefusal):
    """occurred_at is {occurred_at}, which lies after now, {now}: give the time when it happened, or none."""

    FIELD = "occurred_at"
    occurred_at: str
    now: str


@dataclass
class SystemRoleReserved(Refusal):
    """In the role system only the installation's own runs and its importer act: give the role in which
    {organisation} acts, customer, seller, vendor or partner."""

    kind = Kind.FORBIDDEN
    organisation: str


@dataclass
class NewerThanProgram(Refusal):
    """A newer program wrote to {about}. Event {version} of stream {stream_id}: {reason}. Update this program;
    nothing was changed."""

    kind = Kind.UNAVAILABLE

    about: str
    stream_id: UUID
    version: int
    reason: str


def _text(value: object) -> str:
    if isinstance(value, (tuple, list, frozenset, set)):
        return ", ".join(sorted(str(item) for item in value)) or "nothing"
    return str(value)

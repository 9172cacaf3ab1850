"""Whether an identity may give the command on a line."""

from __future__ import annotations

import msgspec

from casecore.api.authentication import check_scope
from casecore.api.commands.resources import scope_of
from casecore.commands.finding_ids import may_be_of_finding
from casecore.decider.command import Command, GivenActor
from casecore.decider.refusal import CommandMalformed
from casecore.errors.kinds import CasecoreError, Kind
from casecore.identity.identity import Identity

_encode = msgspec.json.Encoder().encode


class _Head(msgspec.Struct):
    actor: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_read_head = msgspec.json.Decoder(_Head).decode


class ActorDiffers(CasecoreError):
    """A command names another actor than the one who gives it."""

    kind = Kind.FORBIDDEN

    def __init__(self, actor: str) -> None:
        super().__init__(f"the command names another actor than {actor}, who gives it: leave its actor out")
        self.actor = actor


class OnlyTheInstallationGives(CasecoreError):
    """A command is one of those that the installation's own runs give."""

    kind = Kind.FORBIDDEN

    def __init__(self, command: str) -> None:
        super().__init__(f"{command} is what the installation itself records: ask for the run that does")
        self.command = command


def with_actor(line: bytes, actor: GivenActor) -> bytes:
    """The command on a line, with this actor if it names none. What is no JSON object stays as it is."""
    try:
        head = _read_head(line)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return line
    if head.actor is not msgspec.UNSET:
        return line
    rest = line.lstrip()[1:].lstrip()
    return b'{"actor":' + _encode(actor) + (b"" if rest.startswith(b"}") else b",") + rest


def check_line(command: Command, identity: Identity) -> None:
    """Raise ActorDiffers, OnlyTheInstallationGives or ScopeMissing unless the identity may give it.

    Raises CommandMalformed for an id like those of the installation's own runs.
    """
    if command.actor != identity.actor:
        actor = identity.actor
        raise ActorDiffers(f"{actor.role.value}:{actor.organisation}:{actor.person}")
    scope = scope_of(command)
    if scope is None:
        raise OnlyTheInstallationGives(_name(command))
    check_scope(identity, scope)
    if may_be_of_finding(command.command_id):
        raise CommandMalformed(
            "$.command_id is a UUID of version 5, of which the installation's own runs make theirs: give a "
            "random one (version 4), or one that begins with the time (version 7)"
        )


def _name(command: Command) -> str:
    kind = str(command.__struct_config__.tag)
    do = getattr(command, "do", None)
    return f"{kind} {do.__struct_config__.tag}" if isinstance(do, msgspec.Struct) else kind

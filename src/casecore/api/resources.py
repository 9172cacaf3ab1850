"""What commands there are over HTTP: a resource for each action, found from the contract of commands."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID

import msgspec

from casecore.app.command_context import CommandContext
from casecore.cases.commands import CaseAction, CaseCommand, OpenCase
from casecore.contract import streams
from casecore.contract.streams import StreamKind
from casecore.decider.command import Action, Command
from casecore.identity.identity import Scope
from casecore.licences.commands import LicenceAction, LicenceCommand
from casecore.parties.commands import PartyAction, PartyCommand

_OF_THE_SYSTEM = frozenset({"import", "service_level"})
"""Actions that nobody gives over HTTP: they record what the installation itself reads or finds."""

Views = Literal["current", "behind"]


class CommandAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an accepted command led to: the version of its stream, and the types of the events that it stored.

    `events` is 0 for a command that changed nothing. `views` is whether all views have folded that version,
    where the request prefers to wait for them.
    """

    command_id: UUID
    stream_id: UUID
    version: int
    events: int
    types: tuple[str, ...]
    views: Views | None = None


class Resource(NamedTuple):
    """Streams of one kind: the command on one, and its field that names the stream.

    `path` is where they are, `scope` what an identity must have to give commands on them, `actions` the types
    of their actions by name, and `answer` the form of the answer: a CommandAnswer with the stream's name.
    """

    kind: StreamKind
    command: type[Command]
    address: str
    path: str
    scope: Scope
    actions: Mapping[str, type[Action]]
    answer: type[CommandAnswer]

    def make(self, address: str, do: Action, context: CommandContext) -> Command:
        """A command on one of these streams; it is checked when it is given."""
        own: dict[str, Any] = {self.address: address, "do": do}
        return self.command(**context.header(), **own)


def _resource(kind: StreamKind, command: type[Command], address: str, scope: Scope, actions: Any) -> Resource:
    by_name = {str(one.__struct_config__.tag): one for one in get_args(actions)}
    answer: Any = msgspec.defstruct(
        f"{command.__name__}Answer",
        [(address, str)],
        bases=(CommandAnswer,),
        frozen=True,
        kw_only=True,
        omit_defaults=True,
        module=__name__,
    )
    return Resource(
        kind=kind,
        command=command,
        address=address,
        path=f"/v1/{kind.topic}",
        scope=scope,
        actions={verb: one for verb, one in by_name.items() if verb not in _OF_THE_SYSTEM},
        answer=answer,
    )


CASES = _resource(streams.CASES, CaseCommand, "case", Scope.AGENT, CaseAction)
PARTIES = _resource(streams.PARTIES, PartyCommand, "party", Scope.ACCOUNTANT, PartyAction)
LICENCES = _resource(streams.LICENCES, LicenceCommand, "package", Scope.ACCOUNTANT, LicenceAction)
RESOURCES = (CASES, PARTIES, LICENCES)

SCOPES = {one.command: one.scope for one in RESOURCES}
"""What an identity must have to give commands of each type."""


def is_offered(command: Command) -> bool:
    """Whether people and their programs give such a command over HTTP, and not only the installation."""
    return any(
        type(command) is one.command and isinstance(command.do, tuple(one.actions.values()))  # type: ignore[attr-defined]
        for one in RESOURCES
    )


OPENING = msgspec.json.Decoder(OpenCase)
DECODERS: Mapping[type[Action], msgspec.json.Decoder[Any]] = MappingProxyType(
    {action: msgspec.json.Decoder(action) for one in RESOURCES for action in one.actions.values()}
)

"""What commands there are over HTTP: a resource for each action, found from the contract of commands."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, get_args

import msgspec

from casecore.app.command_context import CommandContext
from casecore.cases.commands import CaseCommand, OpenCase, PlainAction
from casecore.contract import streams
from casecore.contract.streams import StreamKind
from casecore.decider.command import Action, Command
from casecore.identity.identity import Scope
from casecore.licences.commands import LicenceAction, LicenceCommand
from casecore.parties.commands import PartyAction, PartyCommand

_OF_THE_SYSTEM = frozenset({"import", "service_level"})
"""Actions that nobody gives over HTTP: they record what the installation itself reads or finds."""


class Resource(NamedTuple):
    """Streams of one kind: the command on one, and its field that names the stream.

    `scope` is what an identity must have to give commands on them; `actions` are the types of their actions,
    by name.
    """

    kind: StreamKind
    command: type[Command]
    address: str
    scope: Scope
    actions: Mapping[str, type[Action]]

    @property
    def path(self) -> str:
        """Its name in paths."""
        return self.kind.topic

    def make(self, address: str, do: Action, context: CommandContext) -> Command:
        """A command on one of these streams; it is checked when it is given."""
        own: dict[str, Any] = {self.address: address, "do": do}
        return self.command(**context.header(), **own)


def _resource(kind: StreamKind, command: type[Command], address: str, scope: Scope, actions: Any) -> Resource:
    by_name = {str(one.__struct_config__.tag): one for one in get_args(actions)}
    given = {verb: one for verb, one in by_name.items() if verb not in _OF_THE_SYSTEM}
    return Resource(kind, command, address, scope, given)


CASES = _resource(streams.CASES, CaseCommand, "case", Scope.AGENT, PlainAction)
PARTIES = _resource(streams.PARTIES, PartyCommand, "party", Scope.ACCOUNTANT, PartyAction)
LICENCES = _resource(streams.LICENCES, LicenceCommand, "package", Scope.ACCOUNTANT, LicenceAction)
RESOURCES = (CASES, PARTIES, LICENCES)

OPENING = msgspec.json.Decoder(OpenCase)
DECODERS: Mapping[type[Action], msgspec.json.Decoder[Any]] = MappingProxyType(
    {action: msgspec.json.Decoder(action) for one in RESOURCES for action in one.actions.values()}
)

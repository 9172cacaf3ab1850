"""What commands there are over HTTP, on which streams: found from the contract of commands."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeVar, get_args
from urllib.parse import quote
from uuid import UUID

import msgspec

from casecore.app.command_context import CommandContext
from casecore.billing.commands import (
    BuyerCommand,
    HoldBuyer,
    ReleaseBuyer,
    SetMaintenancePrice,
    SetVatRate,
    TermsCommand,
)
from casecore.billing.fees.commands import (
    AgreeFee,
    EndFeeAgreement,
    FeeAgreementCommand,
    WithdrawFeeAgreement,
)
from casecore.cases.commands import CaseAction, CaseCommand, OpenCase
from casecore.commands.batch import Answer
from casecore.contract import streams
from casecore.contract.streams import StreamKind
from casecore.decider.command import Action, Command
from casecore.identity.identity import Scope
from casecore.licences.commands import LicenceAction, LicenceCommand
from casecore.parties.commands import PartyAction, PartyCommand
from casecore.service_levels.commands import ServiceLevelAction, ServiceLevelCommand

FIRST_ACTIONS = frozenset({"open", "register", "activate"})
"""Those on what does not exist yet: nobody has seen a version of it."""
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


FormT = TypeVar("FormT", bound=CommandAnswer)


def answer_as(form: type[FormT], answer: Answer, views: Views | None, **own: Any) -> FormT:
    """A command's answer in the form of this door, with the fields that only that form has."""
    return form(
        **own,
        command_id=answer.command_id,
        stream_id=answer.stream_id,
        version=answer.version,
        events=answer.events,
        types=answer.types,
        views=views,
    )


class Resource(NamedTuple):
    """Streams of one kind, and the command on one of them.

    `address` is the command's field that names the stream, empty where there is only one stream. `path` is
    where commands on a stream are given, with `{address}` for its name, and `scope` what an identity needs to
    give them. `actions` are the types of their actions by name, and `answer` is the form of the answer: a
    CommandAnswer with the stream's name.
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
        own: dict[str, Any] = {self.address: address} if self.address else {}
        return self.command(**context.header(), **own, do=do)  # type: ignore[call-arg]

    def place_of(self, address: str) -> str:
        """Where a stream is; percent-encoded, since a name may have any letters."""
        return self.path.format(address=quote(address, safe=""))


def _resource(
    kind: StreamKind, command: type[Command], address: str, path: str, scope: Scope, actions: Any
) -> Resource:
    by_name = {str(one.__struct_config__.tag): one for one in get_args(actions)}
    answer: Any = msgspec.defstruct(
        f"{command.__name__}Answer",
        [(address, str)] if address else [],
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
        path=path,
        scope=scope,
        actions={verb: one for verb, one in by_name.items() if verb not in _OF_THE_SYSTEM},
        answer=answer,
    )


CASES = _resource(streams.CASES, CaseCommand, "case", "/v1/cases/{address}", Scope.AGENT, CaseAction)
PARTIES = _resource(
    streams.PARTIES, PartyCommand, "party", "/v1/parties/{address}", Scope.ACCOUNTANT, PartyAction
)
LICENCES = _resource(
    streams.LICENCES, LicenceCommand, "package", "/v1/licences/{address}", Scope.ACCOUNTANT, LicenceAction
)
FEE_AGREEMENTS = _resource(
    streams.BILLING,
    FeeAgreementCommand,
    "party",
    "/v1/parties/{address}/fee-agreements",
    Scope.ACCOUNTANT,
    AgreeFee | EndFeeAgreement | WithdrawFeeAgreement,
)
BUYERS = _resource(
    streams.BILLING,
    BuyerCommand,
    "buyer",
    "/v1/buyers/{address}",
    Scope.ACCOUNTANT,
    HoldBuyer | ReleaseBuyer,
)
TERMS = _resource(
    streams.BILLING,
    TermsCommand,
    "",
    "/v1/billing/terms",
    Scope.ACCOUNTANT,
    SetMaintenancePrice | SetVatRate,
)
WITH_VERSIONS = (CASES, PARTIES, LICENCES)
"""What has a place at which its version is seen."""
RESOURCES = (CASES, PARTIES, LICENCES, FEE_AGREEMENTS, BUYERS, TERMS)

PUBLISHING_SCOPE = Scope.AGENT

_OFFERED: Mapping[type[Command], tuple[Scope, tuple[type[Action], ...]]] = MappingProxyType(
    {
        **{one.command: (one.scope, tuple(one.actions.values())) for one in RESOURCES},
        ServiceLevelCommand: (PUBLISHING_SCOPE, get_args(ServiceLevelAction)),
    }
)
SCOPES: tuple[Scope, ...] = tuple(dict.fromkeys(scope for scope, _ in _OFFERED.values()))
"""An identity that has one of these may give some command."""


def scope_of(command: Command) -> Scope | None:
    """What an identity must have to give such a command; None for what only the installation gives."""
    scope, actions = _OFFERED.get(type(command), (None, ()))
    return scope if isinstance(getattr(command, "do", None), actions) else None


OPENING = msgspec.json.Decoder(OpenCase)
DECODERS: Mapping[type[Action], msgspec.json.Decoder[Any]] = MappingProxyType(
    {action: msgspec.json.Decoder(action) for one in RESOURCES for action in one.actions.values()}
)

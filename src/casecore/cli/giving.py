"""What every command on a case is given with: by whom, when, under which id; and how the answer is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from hashlib import sha256
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, TypeAlias
from uuid import UUID, uuid4

import typer

from casecore.billing.deciders import BILLING_DECIDERS
from casecore.cases.commands import CaseAction, CaseCommand
from casecore.cases.decider import CASES
from casecore.cli.addresses import Addresses, find_addresses
from casecore.cli.exits import errors_as_exits
from casecore.cli.output import print_json, screen
from casecore.cli.settings import Settings, read_settings
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandBus
from casecore.contract.envelope import Role
from casecore.contract.types import split_wire_name
from casecore.decider.command import Action, GivenActor
from casecore.errors.kinds import InvalidInput
from casecore.licences.decider import LICENCES
from casecore.parties.decider import PARTIES
from casecore.runs.fee_deciders import FEE_DECIDERS
from casecore.service_levels.decider import SERVICE_LEVELS
from casecore.store.migrations import check_migrated

CaseArgument = Annotated[
    str, typer.Argument(metavar="CASE", help="The case's reference, such as C-7K3M-92QF.")
]
ActorOption = Annotated[
    str,
    typer.Option(
        "--as", metavar="ROLE:ORGANISATION:PERSON", help="Who gives the command; else CASECORE_ACTOR."
    ),
]
AtOption = Annotated[
    str,
    typer.Option("--at", metavar="INSTANT", help="When it happened, such as 2026-03-02T09:30:00Z; else now."),
]
IdOption = Annotated[
    str, typer.Option("--command-id", metavar="UUID", help="Makes it safe to give it twice.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print data for a program.")]

DECIDERS = (CASES, SERVICE_LEVELS, PARTIES, LICENCES, *BILLING_DECIDERS, *FEE_DECIDERS)
"""Every kind of stream that takes commands."""

Make: TypeAlias = Callable[..., Action]
"""Makes an action from a command's own options."""

# Crockford's base 32: no letter that can be taken for a digit.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def reference_of(command_id: UUID) -> str:
    """A reference for the case that a command opens: 40 bits of its id, as two groups of four characters.

    So the command given twice opens the same case. Of a random UUID, these bits are random.
    """
    bits = int.from_bytes(sha256(command_id.bytes).digest()[:5], "big")
    drawn = "".join(_ALPHABET[bits >> shift & 31] for shift in range(35, -1, -5))
    return f"C-{drawn[:4]}-{drawn[4:]}"


def read_actor(text: str) -> GivenActor:
    """ROLE:ORGANISATION:PERSON as an actor; raises InvalidInput."""
    if not text:
        raise InvalidInput("who gives the command? Say --as ROLE:ORGANISATION:PERSON, or set CASECORE_ACTOR")
    parts = text.split(":", 2)
    roles = ", ".join(role.value for role in Role)
    if len(parts) != 3 or parts[0] not in {role.value for role in Role} or not all(parts):
        raise InvalidInput(f"--as {text!r}: give ROLE:ORGANISATION:PERSON, with a role of {roles}")
    return GivenActor(person=parts[2], organisation=parts[1], role=Role(parts[0]))


def read_instant(text: str, name: str = "--at") -> datetime:
    """An instant with its offset, as UTC; raises InvalidInput, which says the option's or argument's name."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{name} {text!r} is no instant; one is 2026-03-02T09:30:00Z") from None
    if instant.tzinfo is None:
        raise InvalidInput(f"{name} {text!r} names no offset from UTC: write {text}Z, or {text}+01:00")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise InvalidInput(f"{name} {text!r} is an instant that no calendar reaches") from None


def read_uuid(option: str, text: str) -> UUID:
    """A UUID; raises InvalidInput."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(f"{option} {text!r} is no UUID") from None


def on_a(shared: Callable[..., None], give: Callable[..., None]) -> Callable[[Make], Callable[..., None]]:
    """How a function that makes an action from its own options is turned into a command that gives it.

    The command takes what the command is about first, the first parameter of `shared`, then the function's
    options, then the other parameters of `shared`; its name and its help are the function's. `give` is called
    with what it is about, the action, and the others.
    """
    common = signature(shared, eval_str=True).parameters
    about = next(iter(common))

    def turned(make: Make) -> Callable[..., None]:
        @wraps(make)
        def command(actor: str, at: str, command_id: str, as_json: bool, **own: Any) -> None:
            with errors_as_exits():
                named = own.pop(about)
                give(named, make(**own), actor, at, command_id, as_json)

        parameters = {about: common[about], **signature(make, eval_str=True).parameters, **common}
        by_name = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in parameters.values()]
        command.__signature__ = Signature(by_name)  # type: ignore[attr-defined]
        command.__annotations__ = {name: parameter.annotation for name, parameter in parameters.items()}
        return command

    return turned


def _shared(
    case: CaseArgument,
    actor: ActorOption = "",
    at: AtOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """The parameters that all commands on a case share."""


@contextmanager
def open_bus(settings: Settings, addresses: Addresses) -> Iterator[CommandBus]:
    """The command bus on a database that has its tables; raises WrongSchema, DatabaseUnavailable."""
    check_migrated(addresses.database)
    with CommandBus(addresses.database, DECIDERS, settings.vendor) as bus:
        yield bus


def give(case: str | None, do: CaseAction, actor: str, at: str, command_id: str, as_json: bool) -> None:
    """Give one command and print its answer; a refusal ends the program with its exit code.

    Without a case, the reference follows from the command's id.
    """
    with errors_as_exits():
        settings = read_settings()
        own_id = read_uuid("--command-id", command_id) if command_id else uuid4()
        case = case or reference_of(own_id)
        command = CaseCommand(
            command_id=own_id,
            actor=read_actor(actor or settings.actor),
            occurred_at=read_instant(at) if at else None,
            case=case,
            do=do,
        )
        with open_bus(settings, find_addresses(settings)) as bus:
            answer = bus.give(command)
        if as_json:
            print_json({"case": case, **answer._asdict()})
        elif answer.repeated:
            screen.print(f"{case}: this command was given before; version {answer.version}", markup=False)
        elif not answer.events:
            screen.print(f"{case}: nothing to change; version {answer.version}", markup=False)
        else:
            screen.print(f"{case}: {happened(answer)}; version {answer.version}", markup=False)


on_a_case = on_a(_shared, give)


def happened(answer: Answer) -> str:
    """What a command's first event says, in words: `casecore.case.handed_back.v1` is "handed back".

    After it come the policies that it brought into the case.
    """
    return split_wire_name(answer.types[0])[0].rpartition(".")[2].replace("_", " ")

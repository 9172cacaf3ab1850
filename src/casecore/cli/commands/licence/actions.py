"""`casecore licence activate|change|…`: what is done to a licence package."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.app.registers.streams import act_on_package
from casecore.cli.command_group import Commands
from casecore.cli.command_options import read_day
from casecore.cli.commands.licence.charge_effects import effects_on_charges
from casecore.cli.commands.licence.looking import PackageArgument
from casecore.cli.stream_commands import on_a
from casecore.licences import commands as c

FromOption = Annotated[
    str, typer.Option("--from", metavar="DATE", help="The first day for which it holds, such as 2026-03-02.")
]
Seats = Annotated[
    int | None, typer.Option(min=2, max=c.MOST_SEATS, help="How many seats a multi-licence has.")
]

_on_a_package = on_a("package", PackageArgument, act_on_package)
_on_its_charges_too = on_a("package", PackageArgument, act_on_package, effects=effects_on_charges)


@_on_a_package
def activate(
    customer: Annotated[str, typer.Option(help="The customer's id.")],
    seller: Annotated[str, typer.Option(help="Who sold it: a reseller's id, or the vendor's.")],
    licence_type: Annotated[str, typer.Option("--type", help="The licence type.")],
    program_version: Annotated[str, typer.Option(help="The program's version.")],
    effective_on: FromOption,
    seats: Seats = None,
) -> c.LicenceAction:
    """Say that a customer has a package from a day on, bought from a seller.

    Example: casecore licence activate P-1001 --customer praxis-ost --seller nord --type standard
    --program-version 7.2 --from 2026-03-02 --as seller:nord:ida
    """
    return c.ActivateLicence(
        customer=customer,
        seller=seller,
        licence_type=licence_type,
        program_version=program_version,
        seats=seats,
        effective_on=read_day("--from", effective_on),
    )


@_on_a_package
def change(
    licence_type: Annotated[str | None, typer.Option("--type", help="The licence type from now on.")] = None,
    program_version: Annotated[str | None, typer.Option(help="The program's version from now on.")] = None,
    seats: Seats = None,
    single: Annotated[bool, typer.Option("--single", help="It is no multi-licence any more.")] = False,
) -> c.LicenceAction:
    """Change a package's type, version or number of seats; what is left out stays.

    Example: casecore licence change P-1001 --program-version 7.3 --as seller:nord:ida
    """
    return c.ChangeLicence(
        licence_type=licence_type, program_version=program_version, seats=seats, single=single
    )


@_on_its_charges_too
def correct(
    activated_on: Annotated[
        str,
        typer.Option(
            metavar="DATE", help="The day on which the package was activated in truth, such as 2026-03-02."
        ),
    ],
) -> c.LicenceAction:
    """Correct the day on which a package was activated, and say what follows for its charges.

    The years of maintenance begin on that day's anniversaries. The next run reverses the charges of years
    that are not owed so, and charges those that are.

    Example: casecore licence correct P-1001 --activated-on 2024-03-01 --as vendor:vendor:vera
    """
    return c.CorrectActivation(activated_on=read_day("--activated-on", activated_on))


@_on_a_package
def assign(
    seller: Annotated[str, typer.Option(help="Who looks after it from then on.")], from_on: FromOption
) -> c.LicenceAction:
    """Say that another seller looks after a package from a day on; also late, between earlier ones.

    Example: casecore licence assign P-1001 --seller ost --from 2026-07-01 --as vendor:vendor:vera
    """
    return c.AssignLicence(seller=seller, from_on=read_day("--from", from_on))


@_on_a_package
def cancel(from_on: FromOption) -> c.LicenceAction:
    """Say that a package is cancelled from a day on; again with another day, that day holds.

    Example: casecore licence cancel P-1001 --from 2027-03-01 --as seller:nord:ida
    """
    return c.CancelLicence(from_on=read_day("--from", from_on))


@_on_its_charges_too
def uncancel() -> c.LicenceAction:
    """Withdraw the cancellation of a package, also one whose day has come, and say what follows for its
    charges.

    The fees of the years since are charged by the next run.

    Example: casecore licence uncancel P-1001 --as vendor:vendor:vera
    """
    return c.WithdrawCancellation()


@_on_its_charges_too
def transfer(
    customer: Annotated[str, typer.Option(help="Who has it from then on; a registered customer.")],
    from_on: FromOption,
) -> c.LicenceAction:
    """Say that another customer has a package from a day on, and what follows for its charges; also late.

    Fees of years that begin before the day stay with the customer of then. Cases keep theirs.

    Example: casecore licence transfer P-1001 --customer praxis-neu --from 2026-07-01
    --as vendor:vendor:vera
    """
    return c.TransferLicence(customer=customer, from_on=read_day("--from", from_on))


@_on_a_package
def void(
    reason: Annotated[str | None, typer.Option(help="Why; free text.")] = None,
) -> c.LicenceAction:
    """Say that a package should never have existed; this is final.

    Example: casecore licence void P-1001 --reason "typed twice" --as vendor:vendor:vera
    """
    return c.VoidLicence(reason=reason)


COMMANDS: Commands = {
    "activate": activate,
    "change": change,
    "assign": assign,
    "cancel": cancel,
    "uncancel": uncancel,
    "correct": correct,
    "transfer": transfer,
    "void": void,
}

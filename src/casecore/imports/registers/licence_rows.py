"""The table of licence packages: `casecore licence import`."""

from __future__ import annotations

from casecore.decider.command import CommandHeader
from casecore.imports.registers.tables import ImportTable, day, whole_number, yes
from casecore.licences.commands import (
    MOST_SEATS,
    ActivateLicence,
    AssignLicence,
    CancelLicence,
    ChangeLicence,
    CorrectActivation,
    LicenceAction,
    LicenceCommand,
    TransferLicence,
    VoidLicence,
    WithdrawCancellation,
)


def _seats(text: str) -> int:
    seats = whole_number(text)
    if not 2 <= seats <= MOST_SEATS:
        raise ValueError(f"a multi-licence has 2 to {MOST_SEATS} seats; leave it empty for a single licence")
    return seats


def _command(package: str, do: LicenceAction, header: CommandHeader) -> LicenceCommand:
    return LicenceCommand(package=package, do=do, **header)


LICENCE_TABLE = ImportTable(
    name="licence",
    key="package",
    needed=("package",),
    actions=(
        ActivateLicence,
        ChangeLicence,
        AssignLicence,
        CancelLicence,
        WithdrawCancellation,
        CorrectActivation,
        TransferLicence,
        VoidLicence,
    ),
    cells={"seats": _seats, "effective_on": day, "activated_on": day, "from_on": day, "single": yes},
    command=_command,
)

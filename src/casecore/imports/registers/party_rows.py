"""The table of parties: `casecore party import`."""

from __future__ import annotations

from casecore.contract.parties import BuyerStatus, PartyRole
from casecore.decider.command import CommandHeader
from casecore.imports.registers.tables import ImportTable
from casecore.parties.commands import ChangeParty, PartyAction, PartyCommand, RegisterParty


def _roles(text: str) -> tuple[PartyRole, ...]:
    known = {role.value: role for role in PartyRole}
    words = text.split()
    if any(word not in known for word in words):
        raise ValueError(f"give roles with a blank between them, of {', '.join(known)}")
    return tuple(known[word] for word in dict.fromkeys(words))


def _buyer_status(text: str) -> BuyerStatus:
    known = {status.value: status for status in BuyerStatus}
    if text not in known:
        raise ValueError(f"give {' or '.join(known)}, or leave it empty")
    return known[text]


def _command(party: str, do: PartyAction, header: CommandHeader) -> PartyCommand:
    return PartyCommand(party=party, do=do, **header)


PARTY_TABLE = ImportTable(
    name="party",
    key="party",
    needed=("party", "roles", "name", "street", "postal_code", "city", "country"),
    actions=(RegisterParty, ChangeParty),
    cells={"roles": _roles, "buys_as": _buyer_status},
    command=_command,
)

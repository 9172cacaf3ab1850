"""The table of parties: `casecore party import`."""

from __future__ import annotations

from casecore.contract.parties import PartyRole
from casecore.imports.tables import CommandHeader, ImportTable
from casecore.parties.commands import ChangeParty, PartyAction, PartyCommand, RegisterParty


def _roles(text: str) -> tuple[PartyRole, ...]:
    known = {role.value: role for role in PartyRole}
    words = text.split()
    if any(word not in known for word in words):
        raise ValueError(f"give roles with a blank between them, of {', '.join(known)}")
    return tuple(known[word] for word in dict.fromkeys(words))


def _command(party: str, do: PartyAction, given: CommandHeader) -> PartyCommand:
    return PartyCommand(
        command_id=given.command_id, actor=given.actor, occurred_at=given.occurred_at, party=party, do=do
    )


PARTY_TABLE = ImportTable(
    name="party",
    key="party",
    needed=("party", "roles", "name", "street", "postal_code", "city", "country"),
    actions=(RegisterParty, ChangeParty),
    cells={"roles": _roles},
    command=_command,
)

"""Whether an organisation that a command names is in the register of parties, with the role that it needs."""

from __future__ import annotations

from casecore.contract.parties import PartyRole
from casecore.contract.streams import party_stream_id
from casecore.decider.decider import Context
from casecore.parties.refusals import OrganisationUnknown


def check_registered(context: Context, field: str, party: str, *roles: PartyRole) -> None:
    """Raise OrganisationUnknown unless a party has one of these roles, where organisations must be
    registered.

    The context has the state of the party's stream. The vendor needs no registration: the installation's
    settings name it (domain.md, "Who").
    """
    if not context.registered_only or party == context.vendor:
        return
    found = context.related_streams[party_stream_id(party)]
    if found is None or not any(found.is_a(role) for role in roles):
        raise OrganisationUnknown(field, party, tuple(role.value for role in roles))

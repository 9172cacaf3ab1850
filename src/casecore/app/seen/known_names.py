"""The names that somebody may be offered where one is typed: those in what they see anyway, and no others.

An organisation knows whoever has a part in its cases and its packages, the vendor, and itself. The register
of parties is the vendor's: it is offered to nobody else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from casecore.app.application import Application
from casecore.app.registers.pages import PackageFilter, PartyFilter, list_packages, list_parties, today
from casecore.contract.parties import PartyRole
from casecore.licences.package import parts_on
from casecore.visibility.rules import Viewer
from projections.kit.errors import ViewMissing, ViewOutdated
from projections.workload.known_names import known_names, written_reference

_MOST = 200
"""Names of each kind, and entries of a register that are looked at."""
_ROLES = {
    "customer": PartyRole.CUSTOMER,
    "seller": PartyRole.RESELLER,
    "partner": PartyRole.SUPPORT_PARTNER,
}

Names = Mapping[str, Sequence[str]]
"""Sorted names by what they are: customer, seller, partner, organisation, agent."""


def names_in_cases(app: Application, viewer: Viewer) -> Names:
    """The names in the latest cases that the viewer sees; none as long as the view has no cases.

    Raises DatabaseUnavailable.
    """
    try:
        found = app.ask(known_names, viewer)
    except (ViewMissing, ViewOutdated):
        return {}
    names: defaultdict[str, list[str]] = defaultdict(list)
    for one in found:
        names[one.kind].append(one.name)
    return names


def names_for_a_case(app: Application, viewer: Viewer) -> Names:
    """The names of parties that the viewer may give a new case.

    Raises TablesMissing and DatabaseUnavailable.
    """
    names = {kind: set(found) for kind, found in names_in_cases(app, viewer).items()}
    for kind in _ROLES:
        names.setdefault(kind, set())
    names["seller"].add(app.settings.vendor)
    if viewer.is_vendor:
        for kind, role in _ROLES.items():
            parties = list_parties(app, PartyFilter(role, limit=_MOST), viewer)
            names[kind] |= {party.id for party in parties.known}
    else:
        for entry in list_packages(app, PackageFilter(limit=_MOST), viewer).known:
            parts = parts_on(entry.licence, today())
            for kind in ("customer", "seller"):
                if parts[kind] is not None:
                    names[kind].add(str(parts[kind]))
    return {kind: sorted(names[kind])[:_MOST] for kind in _ROLES}


def as_written(app: Application, reference: str, viewer: Viewer) -> str:
    """A case's reference as it is written, for one that somebody typed in whatever letter case.

    As it is typed where the viewer sees no such case. Raises DatabaseUnavailable.
    """
    try:
        return app.ask(written_reference, reference, viewer) or reference
    except (ViewMissing, ViewOutdated):
        return reference

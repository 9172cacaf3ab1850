"""Random histories of licence packages: what is possible, and what is refused, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hypothesis import strategies as st

from casecore.licences.commands import (
    ActivateLicence,
    AssignLicence,
    CancelLicence,
    ChangeLicence,
    CorrectActivation,
    LicenceAction,
    TransferLicence,
    VoidLicence,
    WithdrawCancellation,
)

TYPES = st.sampled_from(["standard", "viewer", "multi"])
VERSIONS = st.sampled_from(["7.1", "7.2", "7.3"])
SEATS = st.none() | st.integers(2, 50)


def days(earliest: date, latest: date) -> st.SearchStrategy[date]:
    """Days of a span; often its first or last one, or one on which a year or February turns."""
    marked = [
        day
        for year in range(earliest.year, latest.year + 1)
        for day in (date(year, 1, 1), date(year, 2, 28), date(year, 3, 1), date(year, 12, 31))
        if earliest <= day <= latest
    ]
    return st.sampled_from([earliest, latest, *marked]) | st.dates(earliest, latest)


def activations(
    customers: Sequence[str], sellers: Sequence[str], when: st.SearchStrategy[date]
) -> st.SearchStrategy[ActivateLicence]:
    """Activations for these customers, sold by these sellers."""
    return st.builds(
        ActivateLicence,
        customer=st.sampled_from(customers),
        seller=st.sampled_from(sellers),
        licence_type=TYPES,
        program_version=VERSIONS,
        seats=SEATS,
        effective_on=when,
    )


def later_actions(
    customers: Sequence[str], sellers: Sequence[str], when: st.SearchStrategy[date]
) -> st.SearchStrategy[LicenceAction]:
    """What happens to a package after that; a void is rare."""
    change = st.builds(
        ChangeLicence,
        licence_type=st.none() | TYPES,
        program_version=st.none() | VERSIONS,
        seats=SEATS,
        single=st.booleans(),
    )
    assign = st.builds(AssignLicence, seller=st.sampled_from(sellers), from_on=when)
    cancel = st.builds(CancelLicence, from_on=when)
    void = st.builds(VoidLicence, reason=st.none() | st.just("typed twice"))
    uncancel = st.builds(WithdrawCancellation)
    correct = st.builds(CorrectActivation, activated_on=when)
    transfer = st.builds(TransferLicence, customer=st.sampled_from(customers), from_on=when)
    usual = (change, assign, assign, cancel, uncancel, correct, transfer)
    return st.integers(0, 19).flatmap(lambda draw: void if draw == 19 else usual[draw % len(usual)])


def histories(
    customers: Sequence[str], sellers: Sequence[str], when: st.SearchStrategy[date], most: int = 12
) -> st.SearchStrategy[list[LicenceAction]]:
    """An activation, and what happens then; activations come again now and then."""
    activation = activations(customers, sellers, when)
    later = st.lists(later_actions(customers, sellers, when) | activation, max_size=most)
    return st.tuples(activation, later).map(lambda history: [history[0], *history[1]])

"""Runs beside a newer program: its packages and parties are named and left out, and all others go on."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from casecore.commands.bus import CommandBus
from casecore.contract.streams import (
    BILLING_TERMS,
    account_stream_id,
    package_stream_id,
    party_stream_id,
)
from casecore.decider.refusal import NewerThanProgram
from casecore.errors.kinds import Kind
from casecore.licences.commands import ChangeLicence
from casecore.runs.books import Books
from tests.newer_words import WORD, as_a_newer_program_wrote, as_it_is_known
from tests.runs.business import DECIDERS, VENDOR, Business

LAST = date(2026, 6, 30)


@pytest.fixture
def two(business: Business) -> Business:
    """A reseller's package for each of two customers, charged once."""
    business.activate("L-1", "praxis-ost", "nord", date(2024, 5, 1))
    business.activate("L-2", "praxis-west", "nord", date(2024, 5, 2))
    business.run(date(2024, 12, 31))
    return business


def test_the_run_of_charges_leaves_a_newer_package_out_and_charges_the_other(two: Business) -> None:
    as_a_newer_program_wrote(two.database, package_stream_id("L-1"), "vendor")
    done = two.run(LAST)
    assert (done.packages, done.fees, done.reversals, done.left_out) == (1, 2, 0, ("L-1",))


def test_the_run_of_charges_leaves_a_newer_account_out_and_takes_nothing_back(two: Business) -> None:
    as_a_newer_program_wrote(two.database, account_stream_id("L-1"), "activation")
    done = two.run(LAST)
    assert (done.packages, done.fees, done.reversals, done.left_out) == (1, 2, 0, ("L-1",))


def test_a_year_is_closed_without_a_newer_account_which_comes_as_late_into_the_next(two: Business) -> None:
    # Given an account to which a newer program wrote
    as_a_newer_program_wrote(two.database, account_stream_id("L-1"), "activation")
    # When the year is closed, then the settlement has the other package's fee, and names what it lacks
    done = two.close(2024)
    assert (done.settlements["nord"].fees, done.failed, done.left_out) == (1, {}, ("L-1",))
    # When a program runs that knows the word, then the fee is in the next year, as a late one
    as_it_is_known(two.database, account_stream_id("L-1"), "activation")
    again = two.close(2025)
    assert again.left_out == ()
    late = [line.package for one in two.documents() for line in one.lines if line.late]
    assert late == ["L-1"]


def test_a_newer_reseller_is_named_and_keeps_no_other_from_its_settlement(two: Business) -> None:
    two.activate("L-3", "klinik", "sued", date(2024, 7, 1))
    two.run(LAST)
    as_a_newer_program_wrote(two.database, party_stream_id("nord"), "reseller")
    done = two.close(2024)
    assert set(done.settlements) == {"sued"}
    assert "A newer program wrote to nord" in done.failed["nord"]
    assert done.left_out == ("nord",)


def test_invoices_go_out_without_the_fees_of_a_newer_account(business: Business) -> None:
    business.activate("L-1", "praxis-ost", "vendor", date(2024, 5, 1))
    business.activate("L-2", "praxis-west", "vendor", date(2024, 5, 2))
    business.run(date(2024, 12, 31))
    as_a_newer_program_wrote(business.database, account_stream_id("L-1"), "activation")
    done = business.invoice()
    assert (done.documents, done.failed, done.left_out) == (["R-000001"], {}, ("L-1",))
    assert [one.buyer for one in business.documents()] == ["praxis-west"]


def test_what_stands_on_newer_terms_is_refused_as_a_whole(two: Business) -> None:
    # A price or rate that cannot be read could be the one that holds: nothing is charged on a guess.
    as_a_newer_program_wrote(two.database, BILLING_TERMS, "system")
    with pytest.raises(NewerThanProgram, match=WORD):
        two.run(LAST)


def test_a_command_on_a_newer_package_is_refused_as_newer_and_another_is_taken(two: Business) -> None:
    as_a_newer_program_wrote(two.database, package_stream_id("L-1"), "vendor")
    with CommandBus(two.database, DECIDERS, VENDOR) as bus:
        other = two.over(bus)
        with pytest.raises(NewerThanProgram) as refused:
            other.licence("L-1", ChangeLicence(seats=4))
        other.licence("L-2", ChangeLicence(seats=4))
    assert refused.value.about == "L-1"
    assert refused.value.kind is Kind.UNAVAILABLE
    assert f"'{WORD}'" in str(refused.value)
    assert "Update this program" in str(refused.value)


def test_a_party_that_is_newer_is_left_out_of_the_list_and_named(two: Business) -> None:
    as_a_newer_program_wrote(two.database, party_stream_id("nord"), "reseller")
    with Books(two.database) as books:
        known = {party.id for page in books.parties() for party in page}
        assert "nord" not in known
        assert "sued" in known
        assert books.left_out.names() == ("nord",)
        with pytest.raises(NewerThanProgram):
            books.left_out.check("nord")
        books.left_out.check(f"other-{uuid4()}")

"""Runs beside a newer program: its packages and parties are named and left out, and all others go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import psycopg
import pytest

from casecore.billing.commands import AccountCommand
from casecore.commands.bus import CommandBus
from casecore.contract.billing import DocumentIssued, DocumentLine
from casecore.contract.streams import (
    BILLING_TERMS,
    account_stream_id,
    package_stream_id,
    party_stream_id,
)
from casecore.contract.wire import StoredEvent
from casecore.decider.refusal import NewerThanProgram
from casecore.decider.stored_facts import StreamUnreadable, fact_of
from casecore.errors.kinds import Kind
from casecore.licences.commands import ChangeLicence
from casecore.runs import issuing, settling
from casecore.runs.books import Books
from casecore.runs.errors import MarkRefused
from casecore.runs.settling import SettledYear, close_year
from tests.newer_words import (
    WORD,
    as_a_newer_program_appends,
    as_a_newer_program_wrote,
    as_it_is_known,
)
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


@pytest.mark.parametrize(
    ("stream_of", "word"), [(account_stream_id, "activation"), (package_stream_id, "vendor")]
)
def test_a_year_is_not_closed_for_good_with_the_seller_of_a_newer_package_and_is_with_others(
    two: Business, stream_of: Callable[[str], UUID], word: str
) -> None:
    # Given a package or an account to which a newer program wrote, and another reseller
    two.activate("L-3", "klinik", "sued", date(2024, 7, 1))
    two.run(date(2024, 12, 31))
    as_a_newer_program_wrote(two.database, stream_of("L-1"), word)
    # When the year is closed, then it is with the other reseller, and this one is told why not
    done = two.close(2024)
    assert list(done.settlements) == ["sued"]
    assert "A newer program wrote to L-1" in done.failed["nord"]
    assert done.left_out == ("L-1",)
    # When a program runs that knows the word, then the year is closed with all fees
    as_it_is_known(two.database, stream_of("L-1"), word)
    again = two.close(2024)
    assert (again.settlements["nord"].fees, again.failed, again.left_out) == (2, {}, ())


def test_documents_of_a_settlement_that_a_newer_program_closed_are_left_to_it(two: Business) -> None:
    # Given a settlement whose documents are not issued, and an account of it that only a newer program reads
    class Killed(Exception):
        pass

    def kill(_: SettledYear) -> None:
        raise Killed

    with two.issuer() as issuer, pytest.MonkeyPatch.context() as patch:
        patch.setattr(settling, "complete", lambda *_: kill(SettledYear()))
        with pytest.raises(Killed):
            close_year(issuer, 2024)
    assert len(two.settlements("nord")) == 0 or not two.documents()
    as_a_newer_program_wrote(two.database, account_stream_id("L-1"), "activation")
    # When today's program closes the year, then it names the seller, and issues nothing
    done = two.close(2024)
    assert "nord" in done.failed
    assert two.documents() == []


def test_a_document_whose_mark_only_a_newer_program_can_make_stops_the_run(business: Business) -> None:
    # Given a newer program that writes to an account just after it was billed
    business.activate("L-1", "praxis-ost", "vendor", date(2024, 5, 1))
    business.activate("L-2", "praxis-west", "vendor", date(2024, 5, 2))
    business.run(date(2024, 12, 31))
    mark_command = issuing.mark_command

    def let_it_write_before(
        document: DocumentIssued, package: str, lines: list[DocumentLine]
    ) -> AccountCommand:
        as_a_newer_program_appends(business.database, account_stream_id("L-1"), "activation")
        return mark_command(document, package, lines)

    with CommandBus(business.database, DECIDERS, VENDOR) as bus, pytest.MonkeyPatch.context() as patch:
        patch.setattr(issuing, "mark_command", let_it_write_before)
        # Then the run ends: the next number would be given on a charge that could be billed twice
        with pytest.raises(MarkRefused, match="R-000001 is issued, and L-1 is not marked"):
            business.over(bus).invoice()
    assert [one.number for one in business.documents()] == ["R-000001"]
    with pytest.raises(MarkRefused):
        business.over(CommandBus(business.database, DECIDERS, VENDOR)).invoice()
    # When a program runs that knows the word, then it goes on where that one ended
    as_it_is_known(business.database, account_stream_id("L-1"), "activation")
    with CommandBus(business.database, DECIDERS, VENDOR) as bus:
        assert business.over(bus).invoice().documents == ["R-000002"]


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


def test_an_event_that_somebody_changed_ends_a_run_with_its_place_and_no_trace(two: Business) -> None:
    with psycopg.connect(two.database, autocommit=True) as connection:
        connection.execute(
            "update casecore.stored_events"
            " set state = convert_to(replace(convert_from(state, 'UTF8'), '\"viewer\"', '5'), 'UTF8')"
            " where originator_id = %s",
            (package_stream_id("L-1"),),
        )
    place = f"event 1 of stream {package_stream_id('L-1')}"
    with pytest.raises(StreamUnreadable, match=f"{place} cannot be read"):
        two.run(LAST)


def test_a_type_of_a_family_that_nobody_knows_is_newer_too() -> None:
    stored = StoredEvent(1, uuid4(), 2, "casecore.shipment.made.v1", datetime.now(UTC), b'{"data":{}}')
    with pytest.raises(NewerThanProgram, match=f"A newer program wrote to stream {stored.stream_id}"):
        fact_of(stored)


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

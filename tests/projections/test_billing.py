"""Billing in rows: a ledger that balances whatever comes when, and answers that agree with the charges."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from casecore.contract.billing import CorrectionReason, DocumentIssued
from casecore.contract.streams import BILLING as BILLING_STREAMS
from casecore.contract.streams import DOCUMENT_SERIES, account_stream_id, package_stream_id
from casecore.contract.types import EVENT_TYPES
from casecore.kafka.cluster import Cluster
from casecore.postgres.connection import connect
from casecore.postgres.limits import VIEW_READER
from projections.billing import issued, queries, unbilled
from projections.billing.documents import DocumentRow
from projections.billing.projection import BILLING
from projections.billing.statements import party_account, settlement_statement
from projections.billing.tables import BuyerRow, ChargeRow, LedgerRow
from projections.kit.errors import ViewMissing
from projections.kit.fold.records import RecordPlace as RecordPlace
from projections.kit.fold.verdicts import Skip
from projections.kit.rebuild.rebuild import audit_view, rebuild
from tests.billing.histories import BEGAN_AT, Books, charged
from tests.billing.strategies import books, in_another_order
from tests.billing.view import View, show
from tests.profiles import scaled
from tests.projections.histories import sent
from tests.projections.live import Place, until
from tests.projections.memory import MemoryView, folded

on_one_database = scaled(0.25, suppressed=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def view(database: str) -> Iterator[View]:
    with connect(database, VIEW_READER) as connection:
        yield View(connection)


def rows_of(kept: Books) -> MemoryView:
    return folded(BILLING, sent(kept.events))


def ledger(view: MemoryView) -> list[LedgerRow]:
    return sorted(cast(Iterable[LedgerRow], view.rows["ledger"].values()), key=lambda row: row[3])


def charges(view: MemoryView) -> list[ChargeRow]:
    return cast(list[ChargeRow], list(view.rows["charges"].values()))


def postings(kept: Books) -> list[tuple[str, str, int, int]]:
    """What was posted: the posting, the account, debit and credit."""
    return [(r.posting, r.account, r.debit_cents, r.credit_cents) for r in ledger(rows_of(kept))]


def unbilled_cents(found: Iterable[ChargeRow]) -> int:
    """What is to be billed, less what is to be taken back."""
    return sum(
        (-c.net_cents if c.is_reversed else c.net_cents)
        for c in found
        if c.is_reversed == (c.document is not None)
    )


def documents_cents(view: MemoryView) -> int:
    rows = cast(Iterable[DocumentRow], view.rows["documents"].values())
    return sum(row.sign * row.net_cents for row in rows)


# What is posted


def test_a_fee_that_falls_due_is_revenue_that_is_not_billed_yet() -> None:
    kept = Books()
    kept.fall_due("P-4", 2024)
    debit, credit = ledger(rows_of(kept))
    assert (debit.account, debit.debit_cents, debit.credit_cents) == ("unbilled_receivable", 9900, 0)
    assert (credit.account, credit.debit_cents, credit.credit_cents) == ("revenue", 0, 9900)
    # and the posting names whose it is, when it counts, and the events
    assert (debit.party, debit.package, debit.charge, debit.document) == ("practice", "P-4", 1, None)
    assert (debit.value_on, debit.recorded_at) == (date(2024, 3, 1), BEGAN_AT)
    assert (debit.stream_id, debit.version, debit.position) == (account_stream_id("P-4"), 1, 1)
    assert (debit.caused_by_stream, debit.caused_by_version) == (package_stream_id("P-4"), 1)


def test_a_reversal_posts_the_same_the_other_way_round() -> None:
    kept = Books()
    kept.fall_due("P-4")
    kept.reverse("P-4")
    assert postings(kept)[2:] == [
        ("reversal", "revenue", 9900, 0),
        ("reversal", "unbilled_receivable", 0, 9900),
    ]


def test_a_document_makes_what_was_unbilled_payable_and_adds_the_tax_and_its_marks_post_nothing() -> None:
    kept = Books()
    kept.fall_due("P-4")
    kept.fall_due("P-5")
    kept.bill("practice")
    assert postings(kept)[4:] == [
        ("invoice", "receivable", 23562, 0),
        ("invoice", "unbilled_receivable", 0, 19800),
        ("invoice", "vat", 0, 3762),
    ]
    assert {(r.document, r.value_on) for r in ledger(rows_of(kept))[4:]} == {("R-000001", date(2026, 1, 3))}


def test_a_correction_takes_back_what_its_document_posted() -> None:
    kept = Books()
    kept.fall_due("P-4")
    kept.bill("practice")
    kept.reverse("P-4")
    kept.correct(CorrectionReason.REVERSED)
    assert postings(kept)[-3:] == [
        ("correction", "receivable", 0, 11781),
        ("correction", "unbilled_receivable", 9900, 0),
        ("correction", "vat", 1881, 0),
    ]
    assert {account: sum(d - c for _, a, d, c in postings(kept) if a == account) for account in
            ("receivable", "unbilled_receivable", "revenue", "vat")} == dict.fromkeys(
        ("receivable", "unbilled_receivable", "revenue", "vat"), 0)  # fmt: skip


def test_the_fees_of_a_seller_never_reach_the_ledger() -> None:
    kept = Books()
    kept.memo("nord", "a")
    kept.take_memo_back("a", 1)
    found = rows_of(kept)
    assert not found.rows["ledger"]
    assert len(found.rows["fee_memos"]) == 1


# How things stand


def test_a_charge_stands_as_its_last_event_says_and_names_the_event_by_which_it_fell_due() -> None:
    kept = Books()
    kept.fall_due("P-5")
    kept.fall_due("P-4", 2024)
    kept.bill("practice")
    kept.rate(Decimal("16"))
    kept.correct(CorrectionReason.RATE)
    kept.bill("practice")
    charge = next(c for c in charges(rows_of(kept)) if c.package == "P-4")
    assert (charge.number, charge.version, charge.fell_due_position) == (1, 4, 4)
    assert (charge.document, charge.category, charge.percent) == ("R-000003", "standard", Decimal(16))
    assert (charge.due_on, charge.period_end_on, charge.due_year) == (
        date(2024, 3, 1),
        date(2025, 2, 28),
        2024,
    )
    assert (charge.owed_by, charge.obligor, charge.is_reversed) == ("practice", "customer", False)


def test_a_charge_whose_beginning_was_left_out_stands_without_it() -> None:
    kept = Books()
    kept.fall_due("P-4")
    kept.reverse("P-4")
    found = MemoryView(BILLING)
    found.take(sent(kept.events, "billing"), {RecordPlace("billing", 0, 0): Skip()})
    (charge,) = charges(found)
    assert (charge.fell_due_position, charge.is_reversed) == (None, True)


def test_a_buyer_is_held_until_it_is_released_and_may_be_held_again() -> None:
    kept = Books()
    kept.hold("wien")
    kept.release("wien")
    (released,) = cast(Iterable[BuyerRow], rows_of(kept).rows["buyers"].values())
    assert (released.is_held, released.held_at, released.released_as) == (False, BEGAN_AT, "reverse_charge")
    kept.hold("wien", "CH")
    (held,) = cast(Iterable[BuyerRow], rows_of(kept).rows["buyers"].values())
    assert (held.is_held, held.country, held.held_at) == (True, "CH", BEGAN_AT + timedelta(seconds=2))
    assert (held.released_at, held.released_as) == (None, None)


# Laws


@given(kept=books(), seed=st.integers(0, 2**32))
def test_any_split_into_batches_and_any_repetition_gives_the_same_rows(kept: Books, seed: int) -> None:
    chance, pieces, at, records = random.Random(seed), MemoryView(BILLING), 0, sent(kept.events)
    while at < len(records):
        at = max(0, at - chance.choice([0, 0, 1, 5]))
        size = chance.randint(1, 6)
        pieces.take(records[at : at + size])
        at += size
    assert pieces.rows == rows_of(kept).rows
    assert not pieces.parked


@given(kept=books(), data=st.data())
def test_the_order_between_streams_does_not_matter(kept: Books, data: st.DataObject) -> None:
    other = in_another_order(kept.events, data.draw(st.randoms(use_true_random=False)))
    assert folded(BILLING, sent(other)).rows == rows_of(kept).rows


@given(kept=books())
def test_debits_equal_credits_in_every_event_and_overall(kept: Books) -> None:
    sums: dict[tuple[Any, ...], int] = defaultdict(int)
    for row in ledger(rows_of(kept)):
        sums[row.stream_id, row.version] += row.debit_cents - row.credit_cents
        assert min(row.debit_cents, row.credit_cents) == 0
        assert max(row.debit_cents, row.credit_cents) >= 0
    assert not any(sums.values())


@given(kept=books())
def test_documents_plus_unbilled_equal_the_charges_that_stand(kept: Books) -> None:
    found = rows_of(kept)
    standing = sum(c.net_cents for c in charges(found) if not c.is_reversed)
    assert documents_cents(found) + unbilled_cents(charges(found)) == standing
    # and so says the ledger
    balances: dict[str, int] = defaultdict(int)
    for row in ledger(found):
        balances[row.account] += row.debit_cents - row.credit_cents
    assert balances["revenue"] == -standing
    assert balances["unbilled_receivable"] == unbilled_cents(charges(found))
    assert balances["receivable"] + balances["vat"] == documents_cents(found)


# The SQL views, on PostgreSQL


@on_one_database
@given(kept=books(), size=st.integers(1, 20))
def test_the_sql_views_agree_with_the_rows(view: View, kept: Books, size: int) -> None:
    # given: the view, folded in batches
    view.fill(kept.events, size)
    found = rows_of(kept)
    # then nothing is unbalanced
    assert view.one("select count(*) from billing.unbalanced") == 0
    assert view.one("select coalesce(sum(balance_cents), 0) from billing.trial_balance") == 0
    # and what is unbilled is the same from the charges, from each buyer's sums, by year, and from the ledger
    expected = unbilled_cents(charges(found))
    for query in (
        "select coalesce(sum(net_cents), 0) from billing.unbilled",
        "select coalesce(sum(net_cents), 0) from billing.unbilled_by_buyer",
        "select coalesce(sum(unbilled_cents), 0) from billing.charges_by_package_and_year",
        "select coalesce(sum(unbilled_cents), 0) from billing.receivables_by_party",
    ):
        assert view.one(query) == expected, query
    held = [c for c in charges(found) if c.owed_by in held_buyers(found)]
    assert view.one("select coalesce(sum(net_cents), 0) from billing.held_items") == unbilled_cents(held)
    # and what is to be paid is what the documents say, less what corrections took back
    gross = sum(row.sign * row.gross_cents for row in cast(Any, found.rows["documents"].values()))
    for query in (
        "select coalesce(sum(receivable_cents), 0) from billing.receivables_by_party",
        "select coalesce(sum(remaining_gross_cents), 0) from billing.documents_with_corrections",
    ):
        assert view.one(query) == gross, query
    # and each settlement is what its documents and their lines come to
    settled = view.connection.execute(
        "select s.net_cents, s.fees, coalesce(sum(l.net_cents), 0), count(l.line) from billing.settlements s "
        "left join billing.settlement_lines l using (seller, year) group by s.seller, s.year"
    ).fetchall()
    assert all((net, fees) == (lines, count) for net, fees, lines, count in settled)


def held_buyers(view: MemoryView) -> set[str]:
    return {row.party for row in cast(Iterable[BuyerRow], view.rows["buyers"].values()) if row.is_held}


@on_one_database
@given(kept=books(), size=st.integers(1, 20))
def test_the_rows_in_postgresql_are_those_of_the_fold_in_memory(view: View, kept: Books, size: int) -> None:
    view.fill(kept.events, size)
    found = rows_of(kept)
    for table in BILLING.tables:
        query: Any = f"select {', '.join(table.names)} from billing.{table.name}"
        rows = view.connection.execute(query).fetchall()
        assert sorted(map(str, rows)) == sorted(str(tuple(row)) for row in found.rows[table.name].values())


def test_an_event_whose_debits_are_not_its_credits_is_found(view: View) -> None:
    # given: a document whose gross amount is a cent too high
    kept = Books()
    kept.fall_due("P-4")
    kept.bill("practice")
    place = next(n for n, event in enumerate(kept.events) if event.stream_id == DOCUMENT_SERIES)
    event = kept.events[place]
    wrong = event._replace(body=event.body.replace(b'"gross_cents":11781', b'"gross_cents":11782'))
    view.fill([*kept.events[:place], wrong, *kept.events[place + 1 :]])
    # then the check names it
    assert view.connection.execute("select * from billing.unbalanced").fetchall() == [
        (DOCUMENT_SERIES, 1, event.position, 11782, 11781)
    ]


# Answers


def year_of_billing() -> Books:
    """A reseller's settled year with a late correction, an invoice, and a buyer who is held."""
    kept = Books()
    for package in ("P-1", "P-2", "P-3", "P-4"):
        kept.fall_due(package, 2024)
    kept.settle("nord", 2024)
    kept.bill("practice")
    kept.hold("wien")
    kept.reverse("P-1")
    kept.fall_due("P-4", 2025)
    kept.memo("nord", "a", net_cents=50)
    kept.memo("nord", "b", net_cents=53)
    kept.memo("nord", "c")
    kept.take_memo_back("c", 1)
    return kept


def test_the_ledger_is_answered_by_party_account_package_document_and_day(database: str) -> None:
    kept = year_of_billing()
    show(database, kept.events)

    def lines(**which: Any) -> list[LedgerRow]:
        return list(queries.ledger(database, queries.LedgerFilter(**which)))

    everything = ledger(rows_of(kept))
    assert lines() == sorted(everything, key=lambda row: (row.position, row.line))
    for name in ("party", "account", "package", "document"):
        for value in {getattr(row, name) for row in everything} - {None}:
            expected = [row for row in lines() if getattr(row, name) == value]
            assert lines(**{name: value}) == expected
    assert lines(since=date(2026, 1, 1)) == [row for row in lines() if row.document]
    assert lines(until=date(2024, 3, 1)) == [row for row in lines() if row.value_on.year == 2024]
    # and page after page
    first = lines(limit=3)
    assert len(first) == 4  # a posting is never cut
    assert first + lines(after_position=first[-1].position) == lines()
    # and the sums of the accounts
    balances = {a.account: a.balance_cents for a in queries.trial_balance(database)}
    assert balances == {
        "receivable": 35343,
        "vat": -5643,
        "revenue": -39600,
        "unbilled_receivable": 9900 + 9900 - 9900,
    }


def test_what_is_unbilled_is_answered_for_each_who_owes_it(database: str) -> None:
    show(database, year_of_billing().events)
    totals = {t.owed_by: t for t in unbilled.unbilled_totals(database)}
    assert {owed_by: (t.fees, t.credits, t.net_cents, t.is_held) for owed_by, t in totals.items()} == {
        "nord": (0, 1, -9900, False),
        "practice": (1, 0, 9900, False),
        "wien": (1, 0, 9900, True),
    }
    (credit,) = unbilled.unbilled(database, "nord")
    assert (credit.package, credit.item, credit.document) == ("P-1", "credit", "R-000001")
    (held,) = unbilled.held_items(database)
    assert (held.owed_by, held.country, held.package, held.net_cents) == ("wien", "AT", "P-3", 9900)


def test_what_a_released_buyer_owes_is_unbilled_and_not_held(database: str) -> None:
    kept = year_of_billing()
    kept.release("wien")
    show(database, kept.events)
    assert unbilled.held_items(database) == []
    (total,) = unbilled.unbilled_totals(database, "wien")
    assert (total.fees, total.is_held) == (1, False)


def test_a_statement_is_the_settlement_with_its_documents_and_lines(database: str) -> None:
    show(database, year_of_billing().events)
    found = settlement_statement(database, "nord", 2024)
    assert found is not None
    assert (found.settlement.net_cents, found.settlement.gross_cents, found.is_whole) == (19800, 23562, True)
    assert [(d.document, d.lines, d.gross_cents) for d in found.documents] == [("R-000001", 2, 23562)]
    assert [(line.package, line.customer, line.net_cents) for line in found.lines] == [
        ("P-1", "customer of P-1", 9900),
        ("P-2", "customer of P-2", 9900),
    ]
    assert settlement_statement(database, "nord", 2023) is None


def test_a_settlement_whose_documents_are_not_all_issued_says_so(database: str) -> None:
    kept = year_of_billing()
    events = [event for event in kept.events if event.stream_id != DOCUMENT_SERIES]
    show(database, events)
    found = settlement_statement(database, "nord", 2024)
    assert found is not None
    assert (found.is_whole, found.documents) == (False, [])


def test_an_open_account_runs_from_document_to_document(database: str) -> None:
    kept = year_of_billing()
    kept.correct(CorrectionReason.REVERSED)
    show(database, kept.events)
    account = party_account(database, "nord")
    assert [(line.document, line.balance_cents) for line in account.lines] == [
        ("R-000001", 23562),
        ("R-000003", 11781),
    ]
    assert (account.balance_cents, account.unbilled) == (11781, [])


def test_documents_and_charges_are_answered_with_what_became_of_them(database: str) -> None:
    kept = year_of_billing()
    kept.correct(CorrectionReason.REVERSED)
    show(database, kept.events)
    assert [
        (d.number, d.kind, d.gross_cents, d.corrects, d.corrected_by) for d in issued.documents(database)
    ] == [
        ("R-000003", "correction", -11781, "R-000001", []),
        ("R-000002", "invoice", 11781, None, []),
        ("R-000001", "settlement", 23562, None, ["R-000003"]),
    ]
    which = issued.DocumentFilter(buyer="nord", kind="settlement", year=2026, limit=1)
    assert [d.number for d in issued.documents(database, which)] == ["R-000001"]
    assert [d.number for d in issued.documents(database, issued.DocumentFilter(year=2025))] == []
    of_package = list(queries.charges(database, queries.ChargeFilter(package="P-4")))
    assert [(c.number, c.due_year, c.document) for c in of_package] == [
        (1, 2024, "R-000002"),
        (2, 2025, None),
    ]
    assert [c.package for c in queries.charges(database, queries.ChargeFilter(owed_by="wien"))] == ["P-3"]
    years = [tuple(year) for year in queries.charges_by_year(database, "P-4")]
    assert years == [("P-4", 2024, 1, 0, 9900, 9900, 0), ("P-4", 2025, 1, 0, 9900, 0, 9900)]
    assert [year[:4] for year in queries.charges_by_year(database, "P-1")] == [("P-1", 2024, 0, 1)]


def test_a_partys_own_fees_are_listed_and_summed_up_by_year(database: str) -> None:
    show(database, year_of_billing().events)
    lines = (
        "select year, customer, net_cents from billing.fee_statement_lines where party = 'nord' order by 2"
    )
    sums = "select memos, net_cents from billing.fee_statements where party = 'nord' and year = 2024"
    with connect(database, VIEW_READER) as connection:
        assert connection.execute(lines).fetchall() == [(2024, "a", 50), (2024, "b", 53)]
        assert connection.execute(sums).fetchall() == [(2, 103)]


def test_a_view_that_is_not_there_is_said_to_be_missing(database: str) -> None:
    with pytest.raises(ViewMissing):
        list(queries.ledger(database))


# Through Kafka


@pytest.fixture
def place(database: str, kafka_server: Cluster, topic_prefix: str) -> Place:
    found = Place(database, kafka_server, topic_prefix, BILLING_STREAMS)
    found.create_topic()
    return found


def test_a_rebuild_gives_the_same_rows_and_the_same_statement(place: Place) -> None:
    # given: years of charges, settlements, invoices, a correction and a held buyer
    kept = charged([f"LP-{n}" for n in range(40)], range(2020, 2025))
    for number in range(0, 40, 3):
        kept.bill(f"customer of LP-{number}")
    kept.reverse("LP-3", 2)
    kept.correct(CorrectionReason.REVERSED)
    for package in ("P-1", "P-2", "P-3"):
        kept.fall_due(package)
    kept.hold("wien")
    kept.settle("nord", 2024)
    kept.memo("nord", "a")
    place.send(kept.events)
    # when the runner has folded it
    with place.running(BILLING):
        whole = f"select sum(next_offset) from {BILLING.name}.offsets"
        until(lambda: place.one(whole) == len(kept.events), "all are folded")
        queried = [f"select t::text from billing.{table.name} as t order by 1" for table in BILLING.tables]
        before = [place.ask(query) for query in queried]
        statement = settlement_statement(place.database, "nord", 2024)
        # then it says the same when it is built again, beside it and in its place
        assert audit_view(BILLING, place.where).equal is True
        assert rebuild(BILLING, place.where).equal is True
        assert [place.ask(query) for query in queried] == before
        assert settlement_statement(place.database, "nord", 2024) == statement
    # and that is what the facts come to
    assert statement is not None
    assert statement.is_whole
    assert place.one("select count(*) from billing.unbalanced") == 0
    assert place.one("select count(*) from billing.documents") == len(kept.documents)
    assert place.one("select sum(sign * gross_cents) from billing.documents") == sum(
        _signed(issued) for issued in kept.documents
    )


def _signed(issued: DocumentIssued) -> int:
    return -issued.gross_cents if issued.corrects else issued.gross_cents


def test_the_view_reads_every_type_that_it_shows_and_nothing_that_only_decides() -> None:
    names = {known.name for known in EVENT_TYPES.all if known.name.startswith(BILLING_STREAMS.type_prefix)}
    assert {name.rpartition(".")[2] for name in names - BILLING.reads} == {
        "fee_agreed",
        "fee_agreement_ended",
        "fee_agreement_withdrawn",
        "document_correction_decided",
    }

"""What parties owed on a day is what a slow walk over the events says, and for now what the views say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from casecore.app.application import Application, open_app
from casecore.app.billing.owed import owed_on
from casecore.app.settings import read_settings
from casecore.contract.wire import StoredEvent
from casecore.postgres.connection import connect
from casecore.postgres.limits import VIEW_READER
from casecore.store.migrations import migrate
from projections.billing.projection import BILLING
from projections.billing.tables import LedgerRow
from tests.billing.histories import Books
from tests.billing.strategies import books
from tests.billing.view import View, store
from tests.profiles import scaled
from tests.projections.histories import sent
from tests.projections.memory import folded
from tests.servers import new_database

NEVER_LATER = date(2199, 12, 31)


@pytest.fixture(scope="module")
def app(postgres_server: str) -> Iterator[Application]:
    with new_database(postgres_server) as database:
        migrate(database)
        with open_app(read_settings({"CASECORE_DATABASE": database, "CASECORE_KAFKA": "127.0.0.1:1"})) as app:
            yield app


def walked(events: list[StoredEvent], on: date, recorded_by: datetime) -> dict[str, tuple[int, int, int]]:
    """By party what was billed gross, what is to be billed net, and the tax: posting by posting."""
    receivable: Counter[str] = Counter()
    unbilled: Counter[str] = Counter()
    vat: Counter[str] = Counter()
    known = [event for event in events if event.recorded_at <= recorded_by]
    rows = folded(BILLING, sent(known)).rows["ledger"].values() if known else ()
    parties = set()
    for line in rows:
        assert isinstance(line, LedgerRow)
        if line.value_on <= on:
            parties.add(line.party)
            sums = {"receivable": receivable, "unbilled_receivable": unbilled, "vat": vat}.get(line.account)
            if sums is not None:
                sums[line.party] += line.debit_cents - line.credit_cents
    return {party: (receivable[party], unbilled[party], -vat[party]) for party in parties}


@scaled(0.4, suppressed=[HealthCheck.function_scoped_fixture])
@given(kept=books(), data=st.data())
def test_what_was_owed_on_a_day_is_what_the_postings_known_by_then_say(
    app: Application, kept: Books, data: st.DataObject
) -> None:
    # Given the books of some years, a day, and an instant by which some of it was recorded
    store(app.database, kept.events)
    if not kept.events:
        return
    at = data.draw(st.sampled_from([event.recorded_at for event in kept.events]))
    recorded_by = at - data.draw(st.sampled_from([timedelta(0), timedelta(microseconds=1)]))
    days = st.dates(date(2019, 12, 31), date(2026, 1, 3)) | st.just(NEVER_LATER)
    on = data.draw(days)
    # When it is asked what parties owed on the day, as known by then
    found = owed_on(app, on, recorded_by)
    # Then it is what the postings say one by one
    assert {
        owed.party: (owed.owed_gross_cents, owed.unbilled_net_cents, owed.vat_cents) for owed in found.parties
    } == walked(kept.events, on, recorded_by)
    # and the figures add up: for each, and in sum
    for owed in (*found.parties, found.total):
        assert owed.due_net_cents == owed.billed_net_cents + owed.unbilled_net_cents
        assert owed.owed_gross_cents == owed.billed_net_cents + owed.vat_cents
    assert found.total[1:] == tuple(sum(owed[place] for owed in found.parties) for place in range(1, 6))
    assert found.left_out == ()


@scaled(0.1, suppressed=[HealthCheck.function_scoped_fixture])
@given(kept=books())
def test_what_is_owed_now_is_what_the_view_says(app: Application, kept: Books) -> None:
    store(app.database, kept.events)
    with connect(app.database, VIEW_READER) as connection:
        View(connection).fill(kept.events)
        receivables = connection.execute(
            "select party, receivable_cents, unbilled_cents from billing.receivables_by_party order by party"
        ).fetchall()
    found = owed_on(app, NEVER_LATER)
    assert [(o.party, o.owed_gross_cents, o.unbilled_net_cents) for o in found.parties] == receivables
    # and of one party it is the same
    for owed in found.parties:
        assert owed_on(app, NEVER_LATER, party=owed.party).parties == [owed]

"""The event feed: each reader gets what it may see, in the order of the log, and nothing else."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.app.feed import pages
from casecore.app.feed.judging import FeedReader, Judge
from casecore.app.feed.needs import OWN_RULES
from casecore.app.feed.pages import read_page
from casecore.contract.streams import CASES, LICENCES
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent, to_record
from casecore.visibility.rules import Viewer
from tests.app.feeds import ORGANISATIONS, ListedLog, Step, allowed, histories, stored

LAST = 10**9


class ReadInPieces(ListedLog):
    """A log of which fewer events are read at once than were asked for, since they are long."""

    def __init__(self, events, rows):
        super().__init__(events)
        self.rows = rows

    def read(self, after, up_to, limit):
        return super().read(after, up_to, min(limit, self.rows))


def reader_of(organisation, *types):
    return FeedReader(Viewer(organisation, organisation == "vendor"), frozenset(types))


def read_all(log, reader, limit=100, up_to=LAST):
    """What a reader gets, page after page, and how many pages it asked for."""
    judge, heard, place, asked = Judge("casecore"), [], 0, 0
    while True:
        page = read_page(log, judge, reader, after=place, up_to=up_to, limit=limit)
        heard += [(event.position, json.loads(event.text)) for event in page.events]
        place, asked = page.place, asked + 1
        if page.is_level:
            return heard, asked


def summed_up(heard):
    return [
        (event["type"], position // 3, "duplicate_of" in event["data"]["data"]) for position, event in heard
    ]


@given(histories, st.integers(1, 7))
def test_a_reader_gets_what_a_walk_over_all_events_allows_in_order_and_once(history, limit):
    log = ListedLog(stored(history))
    for organisation in ORGANISATIONS:
        heard, _ = read_all(log, reader_of(organisation), limit)
        assert summed_up(heard) == allowed(history, organisation)


def test_every_type_of_event_has_a_rule():
    own = {
        one.name
        for one in EVENT_TYPES.all
        if not one.name.startswith((CASES.type_prefix, LICENCES.type_prefix))
    }
    assert own == set(OWN_RULES)


def test_an_event_is_as_on_kafka():
    # Given an event of a case, for whoever has a part in it
    event = stored([Step("casecore.case.taken.v1", 1, ("praxis", "nord", "sued"))])[0]
    [(_, shown)], _ = read_all(ListedLog([event]), reader_of("nord"))
    # Then its attributes are those of the record, but for its position
    _, value, headers = to_record(event)
    of_record = {name.removeprefix("ce_"): text.decode() for name, text in headers if name.startswith("ce_")}
    assert of_record.pop("position")
    assert {
        name: str(found) for name, found in shown.items() if name not in ("data", "datacontenttype")
    } == of_record
    assert shown["data"] == json.loads(value)


@given(histories, st.integers(1, 3))
def test_long_events_are_given_a_few_at_a_time_and_all_of_them(history, rows):
    log = ReadInPieces(stored(history), rows)
    judge, reader, heard, place = Judge("casecore"), reader_of("vendor"), [], 0
    while True:
        page = read_page(log, judge, reader, after=place, up_to=LAST, limit=100, most_bytes=1)
        assert len(page.events) <= 1
        heard += [event.position for event in page.events]
        place = page.place
        if page.is_level:
            break
    assert heard == [position for position, _ in read_all(ListedLog(log.events), reader)[0]]


def test_only_the_types_that_were_asked_for_come():
    history = [Step("casecore.case.taken.v1", 1, ("praxis", "nord", "sued"))] * 2
    history.append(Step("casecore.case.put_aside.v7", 1, ("praxis", "nord", "sued")))
    heard, _ = read_all(ListedLog(stored(history)), reader_of("nord", "casecore.case.put_aside"))
    assert [event["type"] for _, event in heard] == ["casecore.case.put_aside.v7"]


def test_nothing_comes_that_is_not_published():
    history = [Step("casecore.case.taken.v1", 1, ("praxis", "nord", "sued"))] * 4
    heard, _ = read_all(ListedLog(stored(history)), reader_of("nord"), up_to=7)
    assert [position for position, _ in heard] == [3, 6]


def test_many_events_that_a_reader_does_not_see_cost_it_bounded_requests(monkeypatch):
    # Given a hundred events of others, of which a request looks at forty at most
    monkeypatch.setattr(pages, "MOST_EXAMINED", 40)
    history = [Step("casecore.case.taken.v1", 1, ("praxis", "nord", "nord"))] * 100
    history.append(Step("casecore.case.taken.v1", 2, ("praxis", "sued", "sued")))
    # When one reads on until nothing is left
    heard, asked = read_all(ListedLog(stored(history)), reader_of("sued"), limit=20)
    # Then it gets there, by empty answers
    assert ([position for position, _ in heard], asked) == ([303], 3)


@pytest.mark.parametrize(
    ("wire_name", "data"),
    [
        ("casecore.case.taken.v1", b'{"customer": "nord"}'),
        ("casecore.case.taken.v1", b"[]"),
        ("casecore.case.taken.v1", b'{"customer": "nord", "seller": "x", "vendor": "", "readers": ["nord"]}'),
        ("casecore.case.message_posted.v2", b'{"customer": "nord", "seller": "nord", "vendor": "vendor"}'),
        (
            "casecore.case.message_posted.v1",
            b'{"customer": "nord", "seller": "nord", "vendor": "", "audience": "team", "readers": ["nord"]}',
        ),
        ("casecore.licence.assigned.v1", b'{"licence": {"customer": "nord"}}'),
        ("casecore.billing.gift_given.v1", b'{"party": "nord"}'),
        ("casecore.billing.fee_agreed.v2", b'{"parties": ["nord"]}'),
        ("casecore.billing.fee_agreed.v1", b'{"party": null}'),
        ("casecore.party.moved.v1", b'{"party": "nord"}'),
        ("something else", b"{}"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_withheld_and_counted(wire_name, data):
    event = stored([Step("casecore.case.taken.v1", 1, ("nord", "nord", "nord"))])[0]
    fact = b'{"occurred_at": "2026-03-01T12:00:00Z", "data": %s}' % data
    event = StoredEvent(1, uuid4(), 1, wire_name, event.recorded_at, fact)
    judge = Judge("casecore")
    for organisation in ORGANISATIONS:
        page = read_page(ListedLog([event]), judge, reader_of(organisation), after=0, up_to=9, limit=5)
        assert (page.events, page.place) == ([], 9)
    assert judge.withheld == {wire_name: len(ORGANISATIONS)}


def test_an_event_of_a_newer_version_passes_where_the_rules_find_what_they_need():
    event = stored([Step("casecore.billing.fee_agreed.v1", 0, owner="nord")])[0]
    newer = event._replace(type="casecore.billing.fee_agreed.v9")
    assert len(read_all(ListedLog([newer]), reader_of("nord"))[0]) == 1
    assert len(read_all(ListedLog([newer]), reader_of("vendor"))[0]) == 0


def test_a_pinned_policy_names_no_others_that_it_is_for():
    pinned = Step("casecore.case.policy_pinned.v1", 1, ("praxis", "nord", None))
    event = stored([pinned])[0]
    fact = json.loads(event.body)
    match = {"customers": ["praxis", "zahn"], "sellers": ["nord", "sued"]}
    fact["data"]["policy"] = {"organisation": "vendor", "match": match}
    log = ListedLog([event._replace(body=json.dumps(fact).encode())])

    def match_for(organisation):
        [(_, heard)] = read_all(log, reader_of(organisation))[0]
        return heard["data"]["data"]["policy"]["match"]

    assert match_for("nord") == match_for("praxis") == {"customers": ["praxis"], "sellers": ["nord"]}
    assert match_for("vendor") == match


def test_who_was_replaced_hears_no_more_also_of_what_was_before():
    taken = Step("casecore.case.taken.v1", 1, ("praxis", "nord", "sued"))
    log = ListedLog(stored([taken, taken, taken._replace(parts=("praxis", "nord", "nord"))]))
    assert len(read_all(log, reader_of("sued"))[0]) == 0
    assert len(read_all(log, reader_of("nord"))[0]) == 3


def test_for_whom_else_a_pinned_policy_is_its_owner_alone_hears():
    # Given a policy of the vendor's for two customers, pinned to the case of one of them
    event = stored([Step("casecore.case.policy_pinned.v1", 1, ("praxis", "nord", "sued"))])[0]
    fact = json.loads(event.body)
    fact["data"]["policy"] |= {"organisation": "vendor"}
    fact["data"]["policy"]["match"] |= {"customers": ["praxis", "praxis-west"], "sellers": ["west"]}
    log = ListedLog([event._replace(body=json.dumps(fact).encode())])
    # When its owner and the others in the case read it
    match = {
        organisation: read_all(log, reader_of(organisation))[0][0][1]["data"]["data"]["policy"]["match"]
        for organisation in ORGANISATIONS
    }
    # Then the others hear of the case's own customer and seller, and of nobody else
    assert match["vendor"]["customers"] == ["praxis", "praxis-west"]
    for organisation in ("praxis", "nord", "sued"):
        assert (match[organisation]["customers"], match[organisation]["sellers"]) == (["praxis"], [])

"""Lists within an answer about one thing: in pages that put together are the whole, also while it grows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_origin, get_type_hints
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from casecore.api.answers.catalogue import QUESTIONS
from casecore.app.pictures.catalogue import PICTURES
from casecore.app.registers import histories
from casecore.identity.identity import Scope
from projections.sla.projection import SLA
from tests.api.desk import done, opened, published
from tests.profiles import scaled
from tests.projections.stored import fold_store

VENDOR = "vendor:vendor:ann"
SMALL_STEPS = st.lists(st.booleans(), min_size=1, max_size=12)
"""Whether something happens before the next page is asked for; what it is, the test says."""


def command(door, who, path, **body):
    headers = {**who, "Idempotency-Key": str(uuid4())}
    answer = door.client.post(f"/v1/{path}", json=body, headers=headers)
    assert answer.is_success, answer.text


def page_by_page(door, who, path, steps, happens):
    """The answers until there is no next one; by the steps something happens before a page is asked for."""
    answers, following, steps = [], path, iter(steps)
    while following:
        if next(steps, False):
            happens()
        answer = door.ask(following, who)
        assert answer.status_code == 200, answer.text
        answers.append(answer.json())
        following = answer.links.get("next", {}).get("url")
        assert (following is None) == (answers[-1]["next"] is None)
    return answers


def put_together(answers, name):
    return [row for answer in answers for row in answer[name]]


HOW_NEW = ("as_of", "behind", "parked")
DETAILS = {"roles": ["customer"], "name": "Praxis", "street": "Kai 1", "postal_code": "24103"}


@scaled(0.2, suppressed=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 5), first=st.integers(0, 6), steps=SMALL_STEPS, most_bytes=st.integers(1, 4_000))
def test_what_happened_to_a_party_is_whole_in_pages_while_more_happens(
    door, monkeypatch, limit, first, steps, most_bytes
):
    monkeypatch.setattr(histories, "MOST_BYTES", most_bytes)
    who, party = door.key(VENDOR, Scope.ACCOUNTANT), f"p/{uuid4().hex}"
    path, given_so_far = f"parties/{party.replace('/', '%2F')}", [0]
    command(door, who, f"{path}/register", **DETAILS, city="Kiel", country="DE")

    def changes():
        given_so_far[0] += 1
        command(door, who, f"{path}/change", **DETAILS, city=f"Kiel {given_so_far[0]}", country="DE")

    for _ in range(first):
        changes()
    answers = page_by_page(door, who, f"/v1/{path}?limit={limit}", steps, changes)
    monkeypatch.undo()
    whole = door.ask(f"/v1/{path}", who).json()
    assert put_together(answers, "events") == whole["events"]
    assert (whole["party"], whole["next"]) == (answers[-1]["party"], None)
    assert [one["version"] for one in whole["events"]] == list(range(1, whole["party"]["version"] + 1))
    assert all(len(answer["events"]) <= limit for answer in answers)


@scaled(0.2, suppressed=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 5), first=st.integers(0, 6), steps=SMALL_STEPS)
def test_what_happened_to_a_package_is_whole_in_pages_while_more_happens(door, limit, first, steps):
    who, package = door.key(VENDOR, Scope.ACCOUNTANT), f"L-{uuid4().hex}"
    for party, role in (("praxis", "customer"), ("vendor", "vendor")):
        details = {**DETAILS, "roles": [role], "city": "Kiel", "country": "DE"}
        command(door, who, f"parties/{party}/register", **details)
    sold = {"customer": "praxis", "seller": "vendor", "licence_type": "viewer", "effective_on": "2026-03-02"}
    command(door, who, f"licences/{package}/activate", **sold, program_version="8.0")
    given_so_far = [0]

    def changes():
        given_so_far[0] += 1
        command(door, who, f"licences/{package}/change", program_version=f"8.{given_so_far[0]}")

    for _ in range(first):
        changes()
    answers = page_by_page(door, who, f"/v1/licences/{package}?limit={limit}", steps, changes)
    whole = door.ask(f"/v1/licences/{package}", who).json()
    assert put_together(answers, "events") == whole["events"]
    assert (whole["package"], whole["next"]) == (answers[-1]["package"], None)
    # When a figure is explained, its pages are as of the first one, whatever comes meanwhile
    explained = f"/v1/billing/explain/{package}"
    as_first = door.ask(explained, who).json()
    steps = page_by_page(door, who, f"{explained}?limit={limit}", [False, *steps], changes)
    assert put_together(steps, "steps") == as_first["steps"]


@scaled(0.2, suppressed=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 4), first=st.integers(0, 4), steps=SMALL_STEPS)
def test_what_a_party_agrees_is_whole_in_pages_while_it_agrees_more(door, limit, first, steps):
    party = f"s{uuid4().hex}"
    vendor, who = door.key(VENDOR, Scope.ACCOUNTANT), door.key(f"seller:{party}:ida", Scope.ACCOUNTANT)
    command(door, vendor, "billing/terms/set_vat_rate", country="DE", from_on="2021-01-01", percent=19)
    seller = {**DETAILS, "roles": ["reseller"], "city": "Kiel", "country": "DE"}
    command(door, vendor, f"parties/{party}/register", **seller)
    path, given_so_far = f"/v1/fees/{party}/agreements", [0]

    def agrees():
        given_so_far[0] += 1
        of_day = {"from_on": f"{2021 + given_so_far[0]}-01-01", "vat_country": "DE"}
        terms = {"kind": "yearly", "net_cents": 100}
        command(door, who, f"parties/{party}/fee-agreements/agree", service="level_0", terms=terms, **of_day)

    for _ in range(first):
        agrees()
    answers = page_by_page(door, who, f"{path}?limit={limit}", steps, agrees)
    assert put_together(answers, "agreements") == door.ask(path, who).json()["agreements"]


@scaled(0.2, suppressed=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 5), first=st.integers(1, 6), steps=SMALL_STEPS)
def test_how_a_case_stood_is_whole_in_pages_as_of_the_first_one(door, limit, first, steps):
    nord, vendor = door.key("seller:nord:ida"), door.key(VENDOR)
    case = opened(door, nord)
    done(door, nord, case, "take", agent="ida")
    moves = [(nord, "escalate", "up"), (vendor, "hand_back", "down")]

    def moves_on():
        who, verb, reason = moves[0]
        done(door, who, case, verb, reason=reason)
        moves.reverse()

    for _ in range(first):
        moves_on()
    answers = page_by_page(door, nord, f"/v1/cases/{case}/standing?limit={limit}", [False, *steps], moves_on)
    at = answers[0]["at"]
    assert {answer["at"] for answer in answers} == {at}
    whole = door.ask(f"/v1/cases/{case}/standing?at={at.replace('+', '%2B')}", nord).json()
    assert put_together(answers, "stays") == whole["stays"]
    assert len(whole["stays"]) > first


@pytest.mark.parametrize("limit", [1, 3])
def test_clocks_and_their_times_are_whole_in_pages(door, database, limit):
    published(database)
    nord, vendor = door.key("seller:nord:ida"), door.key(VENDOR)
    case = opened(door, nord)
    done(door, nord, case, "take", agent="ida")
    for _ in range(3):
        done(door, nord, case, "wait", reason="asked")
        done(door, nord, case, "resume")
    done(door, nord, case, "escalate", reason="up")
    done(door, vendor, case, "assign", agent="ann")
    fold_store(database, SLA)
    at = (datetime.now(UTC) + timedelta(days=14)).strftime("at=%Y-%m-%dT%H:%M:%SZ")
    for path, name in ((f"clocks?{at}", "clocks"), (f"explain?clock=resolution&{at}", "lines")):
        whole = door.ask(f"/v1/cases/{case}/{path}", nord).json()
        pages = page_by_page(door, nord, f"/v1/cases/{case}/{path}&limit={limit}", [], None)
        assert put_together(pages, name) == whole[name]
        assert len(pages) == -(-len(whole[name]) // limit) > 1


@pytest.mark.parametrize("limit", [1, 2, 1_000])
def test_settlements_and_statements_are_whole_in_pages(accounts, limit):
    door, nord, vendor = accounts.door, accounts.keys["nord"], accounts.keys["vendor"]
    for seller, year in accounts.reference.settlements:
        path = f"/v1/billing/settlements/{seller}/{year}"
        whole = door.ask(path, vendor).json()
        pages = page_by_page(door, vendor, f"{path}?limit={limit}", [], None)
        assert put_together(pages, "lines") == whole["lines"]
        assert all({**one, "lines": [], "next": ""} == {**whole, "lines": [], "next": ""} for one in pages)
    path = "/v1/fees/nord/statements/2025?since_position=0"
    whole = door.ask(path, nord).json()
    pages = page_by_page(door, nord, f"{path}&limit={limit}", [], None)
    for one in (whole, *pages):
        one["memos"] = [memo for customer in one.pop("customers") for memo in customer["memos"]]
        one["came"] = one["change"].pop("came")
    assert put_together(pages, "memos") == whole["memos"] != []
    assert put_together(pages, "came") == whole["came"] != []
    sums = {name: value for name, value in whole.items() if name not in ("memos", "came", "next", *HOW_NEW)}
    assert all(one.items() >= sums.items() for one in pages)


@pytest.mark.parametrize(
    "path",
    [
        "parties/vendor",
        "licences/L-4",
        "billing/explain/L-4",
        "billing/settlements/nord/2024",
        "fees/vendor/agreements",
        "fees/vendor/statements/2025",
    ],
)
@pytest.mark.parametrize("cursor", ["nonsense", "LTE", "WzEsLTFd", "bnVsbA", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
def test_a_cursor_that_no_list_answered_is_refused(accounts, path, cursor):
    answer = accounts.door.ask(f"/v1/{path}?cursor={cursor}", accounts.keys["vendor"])
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "invalid_request"


BOUNDED = {
    "/v1/billing/balance": "an account each",
    "/v1/billing/customer-fees": "100 customers",
    "/v1/billing/customers/{customer}": "who owes for the customer's packages, once each",
    "/v1/billing/overview": "rates and years",
    "/v1/calendars/{calendar}": "what a command may hold",
    "/v1/cases/{case}/holders": "who has had the case, once each",
    "/v1/cases/{case}/trace": "100 events",
    "/v1/installation/lag": "a view each",
    "/v1/installation/processes": "a process each",
    "/v1/installation/quarantine/{view}": "the first records",
    "/v1/installation/work": "a run of each kind, a view each",
    "/v1/service-levels/attainment": "sums by month, organisation, clock and priority; 1,000 clocks",
    "/v1/workload": "`limit` of each",
    **{f"/v1/{one.path}": "figures by day, month, hour, state, or of 100" for one in PICTURES},
}
"""Answers with lists that have no pages, and what bounds each."""


def test_each_list_has_pages_or_a_bound():
    with_lists = {
        question.path
        for question in QUESTIONS
        if question.cursor is None
        and any(get_origin(kind) in (list, dict) for kind in get_type_hints(question.answer).values())
    }
    assert with_lists == BOUNDED.keys()

"""Runs over HTTP: operations with a status, which go on when whoever asked for them has gone."""

from __future__ import annotations

import errno
import json
import tomllib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from casecore.app.background_runs import running
from casecore.app.failures import UNAVAILABLE
from casecore.commands.errors import BusClosed
from casecore.contract.envelope import Actor, Role
from casecore.contract.streams import case_stream_id
from casecore.contract.wire import decode_event
from casecore.decider.command import GivenActor
from casecore.decider.own_runs import BILLING_RUN
from casecore.identity.identity import Scope
from casecore.postgres.errors import DatabaseUnavailable
from casecore.store.log import LogReader
from casecore.store.operations import OperationRecords
from tests.api.desk import opened
from tests.newer_words import as_a_newer_program_wrote
from tests.waiting import wait_until

FOLDER = Path("docs/service-levels")
DETAILS = {"name": "Name", "street": "Weg 1", "postal_code": "10115", "city": "Berlin", "country": "DE"}
RUNS = "/v1/billing/runs"
FELL_DUE = "casecore.billing.maintenance_fee_fell_due.v1"
UNTIL = {"kind": "charge", "until": "2026-06-30"}


def a_command():
    return {"Idempotency-Key": str(uuid4())}


def actor_as_json(person):
    """An accountant of the vendor's, as an operation names who asked for it."""
    return f'{{"person":"{person}","organisation":"vendor","role":"vendor"}}'


@pytest.fixture
def ann(door):
    return door.key("vendor:vendor:ann", Scope.ACCOUNTANT)


def post(door, who, path, body, **headers):
    return door.client.post(path, json=body, headers={**who, **a_command(), **headers})


def ended(door, who, answer):
    """What became of an operation that was accepted."""
    assert answer.status_code == 202, answer.text
    found = {}

    def has_ended():
        found.update(door.client.get(answer.headers["Location"], headers=who).json())
        return found["status"] != "running"

    wait_until(has_ended, "the run ends")
    return found


@pytest.fixture
def sold(door, ann):
    """A package of Nord's, since January."""
    package = {"seller": "nord", "customer": "praxis", "licence_type": "full", "program_version": "1"}
    for path, body in (
        ("/v1/parties/nord/register", {**DETAILS, "roles": ["reseller"]}),
        ("/v1/parties/praxis/register", {**DETAILS, "roles": ["customer"]}),
        ("/v1/billing/terms/set_maintenance_price", {"from_on": "2025-01-01", "net_cents": 9900}),
        ("/v1/licences/P-1/activate", {**package, "effective_on": "2026-01-15"}),
    ):
        assert post(door, ann, path, body).is_success


@pytest.mark.usefixtures("sold")
def test_a_run_is_accepted_and_says_what_it_has_done_when_it_has(door, ann):
    given = a_command()
    accepted = post(door, ann, RUNS, UNTIL, **given)
    assert accepted.headers["Location"] == f"/v1/operations/{given['Idempotency-Key']}"
    became = ended(door, ann, accepted)
    assert (became["status"], became["asked"], became["needs_look"]) == ("done", UNTIL, False)
    assert became["figures"] == {
        "until": "2026-06-30",
        "packages": 1,
        "fees": 1,
        "reversals": 0,
        "left_out": [],
    }
    # The system has done it, and the event says on whose behalf: that of who showed the key
    with LogReader(door.database) as log:
        charged = decode_event(list(log.read(0, 100))[-1])
    assert (charged.type, charged.fact.actor) == (FELL_DUE, BILLING_RUN.as_actor())
    assert charged.fact.on_behalf_of == Actor("ann", "vendor", Role.VENDOR)
    # Asked for again, it is the same operation; under the key nothing else is
    again = post(door, ann, RUNS, UNTIL, **given)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (202, "true")
    assert again.json()["ended_at"] == became["ended_at"]
    other = post(door, ann, RUNS, {"kind": "invoice"}, **given)
    assert (other.status_code, other.json()["code"]) == (422, "command_id_reused")
    price = {"from_on": "2026-01-01", "net_cents": 9900}
    given = a_command()
    assert post(door, ann, "/v1/billing/terms/set_maintenance_price", price, **given).is_success
    of_a_command = post(door, ann, RUNS, UNTIL, **given)
    assert (of_a_command.status_code, of_a_command.json()["code"]) == (422, "command_id_reused")
    # It may be repeated at will
    assert ended(door, ann, post(door, ann, RUNS, UNTIL))["figures"]["fees"] == 0


@pytest.mark.usefixtures("sold")
def test_every_run_of_billing_may_be_asked_for(door, ann):
    fees = ended(door, ann, post(door, ann, RUNS, {"kind": "fees", "until": "2026-06-30"}))
    assert (fees["status"], fees["figures"]["recorded"]) == ("done", 0)
    year = ended(door, ann, post(door, ann, RUNS, {"kind": "settle", "year": 2198}))
    assert (year["status"], year["failure"]["code"]) == ("failed", "year_not_over")
    invoices = ended(door, ann, post(door, ann, RUNS, {"kind": "invoice"}))
    assert (invoices["status"], invoices["figures"]["documents"]) == ("done", [])
    document = ended(door, ann, post(door, ann, RUNS, {"kind": "correct", "document": "R-000001"}))
    assert (document["status"], document["failure"]["code"]) == ("failed", "document_unknown")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"kind": "wipe"},
        {"kind": "charge", "until": "2199-01-01"},
        {"kind": "invoice", "until": "2026-01-01"},
        {"kind": "charge", "on_behalf_of": {"person": "ben", "organisation": "vendor", "role": "vendor"}},
    ],
)
def test_a_run_that_cannot_be_is_not_begun(door, ann, wrong):
    assert post(door, ann, RUNS, wrong).status_code == 400


def test_only_the_vendors_accountants_ask_for_runs_and_hear_of_them(door, ann):
    operation = post(door, ann, RUNS, {"kind": "fees"})
    for name, scopes in (("vendor:vendor:ann", [Scope.AGENT]), ("seller:nord:haas", [Scope.ACCOUNTANT])):
        assert post(door, door.key(name, *scopes), RUNS, {"kind": "fees"}).status_code == 403
    agent = door.client.get(operation.headers["Location"], headers=door.key("vendor:vendor:ann"))
    assert (agent.status_code, agent.json()["code"]) == (404, "operation_unknown")
    haas = door.key("seller:nord:haas", Scope.ACCOUNTANT)
    of_another = door.client.get(operation.headers["Location"], headers=haas)
    nobodys = str(uuid4())
    of_nobody = door.client.get(f"/v1/operations/{nobodys}", headers=haas)
    assert (of_another.status_code, of_nobody.status_code) == (404, 404)
    known = operation.headers["Location"].rpartition("/")[2]
    assert of_another.text.replace(known, nobodys) == of_nobody.text
    ended(door, ann, operation)


def test_one_of_a_kind_goes_on_at_a_time(door, ann, database):
    with closing(OperationRecords(database)) as records, closing(records.lock("fees")):
        assert records.begin(uuid4(), "fees", '{"kind":"fees"}', actor_as_json("ben"))
        another = post(door, ann, RUNS, {"kind": "fees"})
        assert (another.status_code, another.json()["code"]) == (409, "operation_goes_on")
        assert ended(door, ann, post(door, ann, RUNS, {"kind": "invoice"}))["status"] == "done"
    assert ended(door, ann, post(door, ann, RUNS, {"kind": "fees"}))["status"] == "done"


def test_of_twenty_who_ask_at_once_with_one_key_one_begins_it(door, ann):
    given = a_command()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: post(door, ann, RUNS, {"kind": "fees"}, **given), range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    ended(door, ann, answers[0])


def test_a_run_whose_server_ended_says_so_and_is_given_again_under_its_key(door, ann, monkeypatch):
    def ends(*_):
        raise BusClosed("the command bus is closed")

    given = a_command()
    with monkeypatch.context() as patched:
        patched.setattr(running, "do_run", ends)
        became = ended(door, ann, post(door, ann, RUNS, {"kind": "fees"}, **given))
    assert (became["status"], "figures" in became) == ("interrupted", False)
    assert "ask for it again" in became["detail"]
    again = post(door, ann, RUNS, {"kind": "fees"}, **given)
    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (202, False)
    assert ended(door, ann, again)["status"] == "done"


def test_another_server_tells_the_same_of_it(door, ann, database):
    operation = UUID(a_command()["Idempotency-Key"])
    place = f"/v1/operations/{operation}"
    # Given a run that goes on at another server
    with closing(OperationRecords(database)) as records, closing(records.lock("fees")):
        assert records.begin(operation, "fees", '{"kind":"fees"}', actor_as_json("ann"))
        assert door.client.get(place, headers=ann).json()["status"] == "running"
        # which is killed
    wait_until(
        lambda: door.client.get(place, headers=ann).json()["status"] == "interrupted", "the lock is free"
    )


def test_a_defect_says_that_it_is_one_and_no_more(door, ann, monkeypatch):
    monkeypatch.setattr(running, "do_run", lambda *_: 1 / 0)
    became = ended(door, ann, post(door, ann, RUNS, {"kind": "fees"}))
    assert became["failure"] == {"code": "defect", "detail": "The program has a fault."}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (DatabaseUnavailable("connection to server at 10.0.0.7 failed"), "database_unavailable"),
        (OSError(errno.ENOSPC, "No space left on device", "/srv/archive"), "storage_unavailable"),
    ],
)
def test_what_is_wrong_with_the_servers_of_a_run_names_no_addresses_and_paths(
    door, ann, monkeypatch, wrong, code
):
    def fails(*_):
        raise wrong

    monkeypatch.setattr(running, "do_run", fails)
    became = ended(door, ann, post(door, ann, RUNS, {"kind": "fees"}))
    assert became["failure"] == {"code": code, "detail": UNAVAILABLE}


def promised_by(door, organisation, who):
    """A calendar and a policy for level 0, of an organisation."""
    calendar, policy = (
        {**tomllib.loads((FOLDER / file).read_text()), "organisation": organisation}
        for file in ("calendars/nord.toml", "nord-level-0.toml")
    )
    policy["calendar"] = {"id": calendar["id"], "version": 1}
    for path, body in (("/v1/calendars", calendar), ("/v1/policies", policy)):
        answer = post(door, who, path, json.loads(msgspec.json.encode(body)))
        assert answer.status_code == 201, answer.text
    return policy["id"]


def test_a_run_is_of_its_organisation_whatever_characters_that_has(door):
    actors = [GivenActor(f"{n}:ida", f"urn{':nord' * (1 - n)}", Role.SELLER) for n in range(2)]
    one, other = (door.key_of(actor) for actor in actors)
    pinning = post(door, one, f"/v1/policies/{promised_by(door, 'urn:nord', one)}/pin", {"reason": "new"})
    assert ended(door, one, pinning)["status"] == "done"
    assert door.client.get(pinning.headers["Location"], headers=other).status_code == 404


def test_a_run_names_no_cases_that_its_organisation_does_not_see(door, database):
    ida, tom = door.key("seller:nord:ida"), door.key("seller:sued:tom")
    opened(door, ida)
    of_sued = case_stream_id(opened(door, tom, seller="sued"))
    policy = promised_by(door, "nord", ida)
    # Given a case of another seller to which a newer program wrote
    as_a_newer_program_wrote(database, of_sued, "technical_support")
    became = ended(door, ida, post(door, ida, f"/v1/policies/{policy}/pin", {"reason": "new"}))
    assert became["figures"] == {
        "pinned": 0,  # nobody has taken it yet
        "refused": 0,
        "left_to_another": 0,
        "refusals": [],
        "left_out": [],
    }


def test_a_policy_that_is_not_there_is_not_pinned(door):
    vera, ida = door.key("vendor:vendor:vera"), door.key("seller:nord:ida")
    for who in (vera, ida):
        unknown = post(door, who, "/v1/policies/gold/pin", {"reason": "imported"})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "policy_unknown")


def test_runs_are_listed_for_their_organisation_with_what_became_of_each(door, ann):
    begun = [
        ended(door, ann, post(door, ann, RUNS, asked))
        for asked in ({"kind": "fees"}, {"kind": "settle", "year": 2198}, {"kind": "invoice"})
    ]
    # The last one first, each as it is told by itself, and with who asked
    listed = door.client.get("/v1/operations", headers=ann).json()
    assert listed == {"operations": begun[::-1], "next": None}
    assert {one["person"] for one in begun} == {"ann"}
    # In pages
    first = door.client.get("/v1/operations?limit=2", headers=ann)
    rest = door.client.get(first.links["next"]["url"], headers=ann)
    assert [one.json()["operations"] for one in (first, rest)] == [begun[:0:-1], begun[:1]]
    # Of another organisation there are none, nor of a kind for which one may not ask
    for other in (door.key("seller:nord:haas", Scope.ACCOUNTANT), door.key("vendor:vendor:ann")):
        assert door.client.get("/v1/operations", headers=other).json()["operations"] == []

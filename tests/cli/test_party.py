"""`casecore party`: registered, changed, imported, listed and shown, for a person and for a program."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.asking import asked, error_of, run, use

PARTIES = "docs/examples/parties.csv"
NORD = ("--role", "reseller", "--name", "Nord GmbH", "--street", "Am Kai 12", "--postal-code", "24103")
IN_KIEL = ("--city", "Kiel", "--country", "DE")


@pytest.fixture(autouse=True)
def installation(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(database, monkeypatch)


def test_a_party_is_registered_once_and_shown():
    register = ("party", "register", "nord", *NORD, *IN_KIEL, "--vat-id", "de 123456788", "--bic", "cobadeff")
    assert "nord: registered; version 1" in run(*register, "--iban", "DE89 3704 0044 0532 0130 00")
    assert "nothing to change; version 1" in run(*register, "--iban", "DE89370400440532013000")
    shown = run("party", "show", "nord")
    for line in (
        "nord, version 1",
        "  roles        reseller",
        "  name         Nord GmbH",
        "  vat id       DE123456788",
        "  iban         DE89370400440532013000",
        "  bic          COBADEFF",
    ):
        assert line in shown
    assert "tax number" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    data = asked("party", "show", "nord")
    assert (data["version"], data["roles"], data["tax_number"]) == (1, ["reseller"], None)
    [event] = data["events"]
    assert (event["what"], event["person"], event["role"]) == ("registered", "vera", "vendor")


def test_a_change_happened_when_one_says_and_is_stored_once():
    run("party", "register", "nord", *NORD, *IN_KIEL)
    change = ("party", "change", "nord", *NORD, "--city", "Bonn", "--country", "DE")
    more = ("--command-id", str(uuid4()), "--at", "2026-03-02T09:30:00+01:00", "--as", "seller:nord:ida")
    answer = json.loads(run(*change, *more, "--json"))
    assert (answer["party"], answer["version"], answer["repeated"]) == ("nord", 2, False)
    assert "this command was given before; version 2" in run(*change, *more)
    last = asked("party", "show", "nord")["events"][-1]
    assert (last["what"], last["occurred_at"], last["person"]) == ("changed", "2026-03-02T08:30:00Z", "ida")


@pytest.mark.parametrize(
    ("more", "error"),
    [
        (("--country", "UK"), "country is UK, which is not a code of ISO 3166-1"),
        (("--iban", "DE89370400440532013001"), "its check digits do not match"),
        (("--vat-id", "DE123"), "vat_id is DE123"),
        (("--role", "vendor"), "leave out the role vendor"),
        (("--name", "two\nlines"), "do.name"),
        (("--as", "seller:ost:olaf"), "ost, as seller, may not register"),
    ],
)
def test_wrong_details_are_refused_and_change_nothing(more, error):
    assert error in error_of("party", "register", "nord", *NORD, *IN_KIEL, *more, exits=3)
    assert asked("party", "list") == []
    assert "There is no party nord" in error_of("party", "show", "nord", exits=3)


def test_parties_are_imported_and_listed_by_role():
    assert "6 rows in " in run("party", "import", PARTIES)
    assert [party["party"] for party in asked("party", "list", "--role", "reseller")] == ["nord", "sued"]
    listed = run("party", "list")
    assert "Parties (6)" in listed
    assert "München" in listed
    assert max(map(len, listed.splitlines())) <= 80


def test_a_rejected_party_ends_the_import_with_5_and_is_listed(tmp_path: Path):
    text = Path(PARTIES).read_text(encoding="utf-8")
    file = tmp_path / "parties.csv"
    file.write_text(text.replace("24103,Kiel,DE", "24103,Kiel,XX"), encoding="utf-8")
    shown = run("party", "import", str(file), exits=5)
    assert "5 stored; 0 were imported before; 0 changed nothing; 1 rejected" in " ".join(shown.split())
    rejects = file.with_name("parties.csv.rejects.csv").read_text(encoding="utf-8")
    assert '3,country,"country is XX, which is not a code' in rejects
    # When the row is fixed, then the import is complete.
    file.write_text(text, encoding="utf-8")
    summary = json.loads(run("party", "import", str(file), "--json"))
    assert (summary["stored"], summary["repeated"], summary["rejects"]) == (1, 5, None)

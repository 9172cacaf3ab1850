"""Who acts at the command line: nobody as the system, a stranger on no case, and registered parties alone."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.asking import asked, error_of, run, use

AT = ("--street", "Am Kai 12", "--postal-code", "24103", "--city", "Kiel", "--country", "DE")
OPEN = ("case", "open", "--topic", "troubleshooting", "--customer")
IDA, EVE = ("--as", "seller:nord:ida"), ("--as", "seller:mallory:eve")


@pytest.fixture(autouse=True)
def installation(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(database, monkeypatch)


def test_a_stranger_brings_about_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Given a case in a store without parties, which anybody opens as before
    run(*OPEN, "praxis", "--seller", "nord", "--reference", "C-1", *IDA)
    # When nobody's agent acts on it, then it is not there, as another is not
    heard = [error_of("case", "cancel", case, "--reason", "x", *EVE, exits=3) for case in ("C-1", "C-2")]
    assert heard[0] == heard[1].replace("C-2", "C-1")
    assert "There is no case C-1" in heard[0]
    # And nobody is the system, in an option, a setting or a line
    system = error_of("case", "cancel", "C-1", "--reason", "x", "--as", "system:any:x")
    assert "only the installation's own runs and its importer act" in system
    monkeypatch.setenv("CASECORE_ACTOR", "system:casecore:billing-run")
    assert "is the system" in error_of("case", "cancel", "C-1", "--reason", "x")
    line = {
        "kind": "case",
        "command_id": str(uuid4()),
        "actor": {"person": "x", "organisation": "any", "role": "system"},
        "case": "C-1",
        "do": {"action": "cancel", "reason": "x"},
    }
    file = tmp_path / "lines.jsonl"
    file.write_text(json.dumps(line))
    assert json.loads(run("submit", str(file), exits=3))["refused"] == "system_role_reserved"


def test_once_there_are_parties_cases_open_among_them_unless_an_operator_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run("party", "register", "nord", "--role", "reseller", "--name", "Nord", *AT)
    run("party", "register", "praxis", "--role", "customer", "--name", "Praxis", *AT)
    refused = error_of(*OPEN, "praxis", "--seller", "mallory", *EVE, exits=3)
    assert "seller is mallory, which is not a registered party with the role reseller" in refused
    assert "try: casecore party register mallory" in refused
    assert asked(*OPEN, "praxis", "--seller", "nord", *IDA)["version"] == 1
    monkeypatch.setenv("CASECORE_ORGANISATIONS", "any")
    assert asked(*OPEN, "praxis", "--seller", "mallory", *EVE)["version"] == 1

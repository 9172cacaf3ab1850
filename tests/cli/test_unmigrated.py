"""On a database without casecore's tables, a command that reads says so, just as one that writes."""

from __future__ import annotations

import pytest

from tests.cli.asking import error_of

READING = (
    "case show C-1",
    "calendar list",
    "policy show vendor-level-1",
    "party list",
    "party show nord",
    "licence show P-1",
    "billing terms",
    "billing fee-statement nord 2026",
    "case list",
    "sla case C-1",
    "quarantine list",
    "quarantine retry workload",
    "billing ledger",
    "billing charges",
    "billing documents",
    "billing unbilled --csv -",
)
WRITING = ("case take C-1 --agent ida --as seller:nord:ida", "billing run", "sla watch --once")


@pytest.mark.parametrize("command", [*READING, *WRITING])
def test_it_is_said_that_the_tables_are_missing(
    command: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASECORE_DATABASE", database)
    monkeypatch.setenv("CASECORE_KAFKA", "127.0.0.1:1")
    said = error_of(*command.split(), exits=4)
    assert "does not answer" not in said
    assert "no tables of casecore yet" in said
    assert "try: casecore database migrate" in said

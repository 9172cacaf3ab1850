"""`--on-behalf-of`: what the system does for somebody says for whom, and who that may be is read at once."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from casecore.cli.commands.billing import fees, runs
from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.errors.kinds import InvalidInput
from casecore.store.log import LogReader
from tests.cli.asking import asked, error_of, run, use
from tests.imports.dry_run import MAPPING

FOR_IDA = ("--on-behalf-of", "seller:nord:ida")
ROWS = "case,activity,time,person,customer,reseller\nT-1,Opened,2024-05-06T09:00:00Z,,praxis,nord\n"


@pytest.fixture
def importing(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "map.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "log.csv").write_text(ROWS, encoding="utf-8")
    return ("import", str(tmp_path / "log.csv"), "--mapping", str(tmp_path / "map.toml"))


def test_an_import_says_on_whose_behalf_it_was_and_again_on_anothers_it_stores_nothing(
    database: str, monkeypatch: pytest.MonkeyPatch, importing: tuple[str, ...]
) -> None:
    use(database, monkeypatch)
    # When a log is imported on behalf of nord's agent
    assert asked(*importing, *FOR_IDA)["stored"] == 1
    # Then the system did it, and the event says for whom
    [opened] = [json.loads(line) for line in run("case", "show", "S-T-1", "--events").splitlines()]
    assert opened["actor"] == {"person": "import:strangers", "organisation": "vendor", "role": "system"}
    assert opened["on_behalf_of"] == {"person": "ida", "organisation": "nord", "role": "seller"}
    # And for another one, and for nobody, it is there already
    for again in (("--on-behalf-of", "vendor:vendor:vera"), ()):
        done = asked(*importing, *again)
        assert (done["stored"], done["repeated"], done["rejected"]) == (0, 1, 0)
    with LogReader(database) as log:
        assert len(list(log.read(0, 10))) == 1


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("ida", "is not an actor: give ROLE:ORGANISATION:PERSON"),
        ("boss:nord:ida", "with a role of customer, seller, vendor, partner"),
        ("system:casecore:billing-run", "is the system"),
        ("seller:nord:ida\u3164", "the person is"),
        (f"seller:{'n' * 101}:ida", "the organisation is"),
    ],
)
def test_who_cannot_be_named_is_said_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch, importing: tuple[str, ...], named: str, says: str
) -> None:
    monkeypatch.setenv("CASECORE_DATABASE", "postgresql://nobody@127.0.0.1:1/none")
    for command in (importing, ("billing", "run"), ("billing", "close-year", "2025")):
        assert says in error_of(*command, "--on-behalf-of", named)


@pytest.mark.parametrize(
    ("module", "use_case", "command"),
    [
        (runs, "charge_until", ("billing", "run")),
        (runs, "close_books", ("billing", "close-year", "2025")),
        (runs, "issue", ("billing", "invoice")),
        (fees, "keep_fees_until", ("billing", "fees")),
    ],
)
def test_each_command_of_the_system_takes_whom_it_is_for(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, use_case: str, command: tuple[str, ...]
) -> None:
    heard: list[GivenActor | None] = []

    def listen(*_: Any, on_behalf_of: GivenActor | None, **__: Any) -> None:
        heard.append(on_behalf_of)
        raise InvalidInput("that is all")

    monkeypatch.setenv("CASECORE_DATABASE", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setattr(module, use_case, listen)
    for named in (FOR_IDA, ()):
        error_of(*command, *named)
    assert heard == [GivenActor(person="ida", organisation="nord", role=Role.SELLER), None]

"""Operations: who asked for one is told what became of it, and nobody of another organisation."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from casecore.app.application import Application
from casecore.app.background_runs import running
from casecore.app.background_runs.asked import ChargeRun, CorrectRun, FeesRun, InvoiceRun, SettleRun, do_run
from casecore.app.background_runs.running import Operations, OperationUnknown
from casecore.app.billing import runs
from casecore.app.command_context import CommandContext
from casecore.app.settings import read_settings
from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.store.operations import StoredOperation

ID = UUID(int=7)
BEGUN = StoredOperation(
    id=ID,
    kind="charge",
    asked="{}",
    given_by=msgspec.json.encode(GivenActor("ann", "nord:west", Role.VENDOR)).decode(),
    started_at=datetime(2026, 3, 2, tzinfo=UTC),
    ended_at=None,
    has_failed=None,
    outcome=None,
    goes_on=True,
)


class _Records:
    def __init__(self, database):
        self.database = database

    def find(self, _):
        return BEGUN

    def close(self):
        pass


def test_an_organisation_whose_name_begins_as_another_s_hears_nothing_of_its_runs(monkeypatch):
    monkeypatch.setattr(running, "OperationRecords", _Records)
    settings = read_settings({"CASECORE_DATABASE": "postgresql://", "CASECORE_KAFKA": "localhost:9"})
    operations = Operations(Application(settings))
    assert operations.find(ID, "nord:west", ["charge"]).status == "running"
    for other in ("nord", "west", "nord:west:ann"):
        with pytest.raises(OperationUnknown):
            operations.find(ID, other, ["charge"])


class _Asked(Exception):
    """On whose behalf a run was about to act."""


class _Books:
    """Books that hold a price, and nothing else."""

    prices = (1,)

    def __init__(self, _):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def terms(self):
        return self


@pytest.mark.parametrize(
    "run",
    [ChargeRun(), FeesRun(), InvoiceRun(), SettleRun(year=2025), CorrectRun(document="R-000001")],
    ids=lambda run: run.kind,
)
def test_a_run_acts_on_behalf_of_whoever_asked_for_it(monkeypatch, run):
    def acting(_, on_behalf_of):
        raise _Asked(on_behalf_of)

    monkeypatch.setattr(runs, "bus_for", acting)
    monkeypatch.setattr(runs, "Books", _Books)
    monkeypatch.setattr(runs, "FeeBooks", _Books)
    app = Application(read_settings({"CASECORE_DATABASE": "postgresql://", "CASECORE_KAFKA": "localhost:9"}))
    app.bus = None
    ann = GivenActor("ann", "vendor", Role.VENDOR)
    with pytest.raises(_Asked) as asked:
        do_run(app, run, CommandContext(ann, command_id=ID))
    assert asked.value.args == (ann,)

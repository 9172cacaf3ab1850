"""Operations: who asked for one is told what became of it, and nobody of another organisation."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from casecore.app.application import Application
from casecore.app.background_runs import running
from casecore.app.background_runs.running import Operations, OperationUnknown
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

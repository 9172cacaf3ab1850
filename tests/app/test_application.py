"""What every door uses is made once, whoever asks first."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event

import pytest

from casecore.app import application
from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.settings import read_settings
from casecore.postgres.errors import DatabaseUnavailable

CALLERS = 8


def test_many_who_give_the_first_commands_share_one_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a bus that takes a while to connect, and PostgreSQL, which is unavailable at first
    connected: list[object] = []
    meeting, another = Barrier(CALLERS), Event()
    faults = iter([DatabaseUnavailable("PostgreSQL does not answer")])

    def check_migrated(_: str) -> None:
        for fault in faults:
            raise fault

    @contextmanager
    def bus(*_: object) -> Iterator[object]:
        connected.append(object())
        if len(connected) > 1:
            another.set()
        another.wait(0.2)  # for one that connects too, which nobody should
        yield connected[0]

    monkeypatch.setattr(application, "check_migrated", check_migrated)
    monkeypatch.setattr(application, "CommandBus", bus)
    with open_app(read_settings({}), Addresses("postgresql://here/cases", "")) as app:
        with pytest.raises(DatabaseUnavailable):
            _ = app.bus

        # When many ask for it at once
        def ask(_: int) -> object:
            meeting.wait()
            return app.bus

        with ThreadPoolExecutor(CALLERS) as threads:
            found = set(threads.map(ask, range(CALLERS)))
    # Then it is connected once, and all have it
    assert len(connected) == 1
    assert list(found) == connected

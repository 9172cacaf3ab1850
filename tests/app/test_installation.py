"""What `up` does before it starts anything."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from casecore.app.running.installation import start
from casecore.app.running.ports import PortTaken
from casecore.app.settings import read_settings


def test_a_port_that_is_taken_is_named_before_anything_is_started(tmp_path: Path) -> None:
    started: list[str] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = read_settings({"CASECORE_HOME": str(tmp_path), "CASECORE_HEALTH_PORT": str(port)})
        with pytest.raises(PortTaken, match=f"port {port} already, where relay"):
            start(settings, None, lambda _: (), started.append)
    assert started == []

"""What `up` does before it starts anything."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from casecore.app.running.installation import start
from casecore.app.running.ports import ApiPortTaken, PortTaken
from casecore.app.settings import InvalidSetting, read_settings


@pytest.mark.parametrize(
    ("setting", "error", "says"),
    [
        ("CASECORE_HEALTH_PORT", PortTaken, "port {} already, where relay .* set CASECORE_HEALTH_PORT"),
        ("CASECORE_API_PORT", ApiPortTaken, "port {} already, where the API .* set CASECORE_API_PORT"),
    ],
)
def test_a_port_that_is_taken_is_named_before_anything_is_started(
    tmp_path: Path, setting: str, error: type[Exception], says: str
) -> None:
    started: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = {"CASECORE_HEALTH_PORT": "29500", setting: str(port)}
        settings = read_settings({"CASECORE_HOME": str(tmp_path), **ports})
        with pytest.raises(error, match=says.format(port)):
            start(settings, None, lambda _: (), started.append)
    assert started == []


def test_nothing_is_started_where_the_api_may_not_listen(tmp_path: Path) -> None:
    started: list[str] = []
    settings = read_settings({"CASECORE_HOME": str(tmp_path), "CASECORE_API_HOST": "0.0.0.0"})
    with pytest.raises(InvalidSetting, match=r"CASECORE_API_HOST is '0\.0\.0\.0'"):
        start(settings, None, lambda _: (), started.append)
    assert started == []

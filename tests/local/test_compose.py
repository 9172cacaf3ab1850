"""docker-compose.yml describes the installation that the program itself starts."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from casecore.app.running.installation import API, processes_of
from casecore.app.running.listening import check_listening
from casecore.app.settings import SETTINGS, read_settings
from casecore.cli.own_processes import arguments_of
from casecore.local.kafka import BROKER_SETTINGS, KAFKA_VERSION
from casecore.local.postgres import POSTGRES_VERSION
from tests.surface.command_line import CommandLine

_ROOT = Path(__file__).parents[2]
_SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((_ROOT / "docker-compose.yml").read_text())["services"]
_OURS = {name: service for name, service in _SERVICES.items() if "build" in service}
_IN_CONTAINERS_ONLY = {
    *("CASECORE_DATABASE", "CASECORE_KAFKA", "CASECORE_HEALTH_HOST"),
    *("CASECORE_API_HOST", "CASECORE_API_PROXIES", "CASECORE_API_KEYS"),
}


_API_PORT = 9480
DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


def _commands(service: dict[str, Any]) -> list[list[str]]:
    command: list[str] = service["command"]
    if command[:2] == ["sh", "-c"]:
        return [shlex.split(part) for part in command[2].split("&&")]
    return [command]


_COMMANDS = [command for service in _OURS.values() for command in _commands(service)]


@pytest.mark.parametrize("name", _OURS)
def test_a_service_sets_what_the_program_reads_and_nothing_else(name: str) -> None:
    environment = _OURS[name]["environment"]
    settings = read_settings(environment)
    assert settings.database
    assert settings.kafka
    same = environment.keys() - _IN_CONTAINERS_ONLY
    assert {key: environment[key] for key in same} == {key: DEFAULTS[key] for key in same}


def test_the_servers_are_the_versions_that_run_without_docker() -> None:
    assert _SERVICES["postgres"]["image"] == f"postgres:{POSTGRES_VERSION}"
    assert _SERVICES["kafka"]["image"] == f"apache/kafka:{KAFKA_VERSION}"


def test_kafka_has_the_settings_that_it_has_without_docker() -> None:
    environment = _SERVICES["kafka"]["environment"]
    expected = {"KAFKA_" + name.replace(".", "_").upper(): value for name, value in BROKER_SETTINGS.items()}
    of_the_container = {
        "KAFKA_LISTENERS",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
        "KAFKA_ADVERTISED_LISTENERS",
        "KAFKA_CONTROLLER_QUORUM_VOTERS",
        "KAFKA_LOG_DIRS",
        "CLUSTER_ID",
    }

    assert {key: value for key, value in environment.items() if key not in of_the_container} == expected


def test_postgres_keeps_its_data_and_takes_the_password_that_the_others_use() -> None:
    postgres = _SERVICES["postgres"]

    assert postgres["volumes"] == ["postgres:/var/lib/postgresql"]
    password = postgres["environment"]["POSTGRES_PASSWORD"]
    assert all(f":{password}@postgres:" in s["environment"]["CASECORE_DATABASE"] for s in _OURS.values())


@pytest.mark.parametrize("command", _COMMANDS, ids=" ".join)
def test_a_service_runs_a_command_that_exists(command: list[str]) -> None:
    assert command[0] == "casecore"

    assert CommandLine().run(*command[1:], "--help").code == 0


def test_each_running_service_is_asked_at_the_port_that_it_is_given() -> None:
    ours = processes_of(read_settings(_OURS["relay"]["environment"]))
    assert _OURS.keys() == {"setup", *(process.name for process in ours)}

    for process in ours:
        name, port = process.name, process.port
        assert _OURS[name]["command"] == ["casecore", *arguments_of(process)]
        asked = re.search(r"http://127\.0\.0\.1:(\d+)/health", str(_OURS[name]["healthcheck"]["test"]))
        assert asked is not None
        assert int(asked[1]) == port
        opened = [port, *([_API_PORT] if name == API else [])]
        assert _OURS[name]["ports"] == [f"127.0.0.1:{one}:{one}" for one in opened]


def test_the_api_listens_where_docker_forwards_from_this_machine_only() -> None:
    api = _OURS[API]
    settings = read_settings(api["environment"])
    check_listening(settings.api)
    assert settings.api.port == _API_PORT
    # And its keys stay when the container is made anew
    assert api["volumes"] == [f"keys:/home/casecore/{DEFAULTS['CASECORE_HOME']}"]
    assert all("CASECORE_API_HOST" not in one["environment"] for name, one in _OURS.items() if name != API)


def test_every_service_comes_back_but_the_one_that_ends() -> None:
    assert _SERVICES["setup"]["restart"] == "on-failure"
    others = [service for name, service in _SERVICES.items() if name != "setup"]
    assert {service["restart"] for service in others} == {"unless-stopped"}
    assert all("healthcheck" in service for service in others)

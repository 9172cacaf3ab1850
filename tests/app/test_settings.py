"""Settings are read once, and a wrong one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from casecore.app.settings import SETTINGS, InvalidSetting, read_settings


def test_without_any_everything_is_local() -> None:
    settings = read_settings({})
    assert (settings.database, settings.kafka, settings.topic_prefix) == ("", "", "casecore")
    assert settings.home.is_absolute()


def test_every_setting_is_read_and_explained(tmp_path: Path) -> None:
    options = tmp_path / "client.properties"
    options.write_text("bootstrap.servers=elsewhere:9092\n")
    for setting in SETTINGS:
        assert setting.meaning
        others = {
            "CASECORE_DATABASE": "postgresql://elsewhere/cases",
            "CASECORE_KAFKA_OPTIONS": str(options),
            "CASECORE_TIME_ZONE": "Asia/Tokyo",
            "CASECORE_ORGANISATIONS": "any",
            "CASECORE_API_PROXIES": "10.0.0.7",
            "CASECORE_API_KEYS": "anywhere",
            "CASECORE_API_IF_MATCH": "demanded",
            "CASECORE_WEB_ADDRESS": "https://support.example.com",
        }
        value = others.get(setting.name, "3")
        assert read_settings({setting.name: value}) != read_settings({})


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"CASECORE_DATABSE": "x"}, "CASECORE_DATABSE is not a setting; these are: CASECORE_HOME"),
        (
            {"CASECORE_REPLICATION": "three"},
            "CASECORE_REPLICATION is 'three'; it takes a whole number from 1",
        ),
        ({"CASECORE_REPLICATION": "0"}, "from 1 to 9"),
        ({"CASECORE_HEALTH_PORT": "²"}, "CASECORE_HEALTH_PORT"),
        ({"CASECORE_HEALTH_PORT": "9" * 5_000}, "CASECORE_HEALTH_PORT"),
        ({"CASECORE_VENDOR": ""}, "CASECORE_VENDOR is ''; it takes an id"),
        ({"CASECORE_VENDOR": "the vendor "}, "CASECORE_VENDOR is 'the vendor '"),
        (
            {"CASECORE_TOPIC_PREFIX": "case core"},
            "CASECORE_TOPIC_PREFIX is 'case core'; it takes",
        ),
        *(
            (
                {"CASECORE_TIME_ZONE": wrong},
                "CASECORE_TIME_ZONE is '.*'; it takes the name of a time zone, such as",
            )
            for wrong in (
                "",
                "Berlin",
                "Europe",
                "../UTC",
                "/etc/passwd",
                "Europe/Berlin\\0",
                "CET+1",
                "x" * 5_000,
            )
        ),
        (
            {"CASECORE_ORGANISATIONS": "all"},
            "CASECORE_ORGANISATIONS is 'all'; it takes registered or any",
        ),
        ({"CASECORE_DATABASE": "not a uri ="}, "CASECORE_DATABASE is not a libpq URI"),
        (
            {"CASECORE_API_PORT": "http"},
            "CASECORE_API_PORT is 'http'; it takes a whole number from 1 to 65535",
        ),
        (
            {"CASECORE_API_KEYS": "everywhere"},
            "CASECORE_API_KEYS is 'everywhere'; it takes loopback or anywhere",
        ),
        ({"CASECORE_API_IF_MATCH": "yes"}, "CASECORE_API_IF_MATCH is 'yes'; it takes honoured or demanded"),
        *(
            (
                {"CASECORE_API_PROXIES": wrong},
                "CASECORE_API_PROXIES names '.*' .*; it takes addresses and networks",
            )
            for wrong in ("*", "proxy.example", "10.0.0.7,10.1.2.3/16")
        ),
    ],
)
def test_a_wrong_one_is_named_with_what_would_be_right(environ: dict[str, str], says: str) -> None:
    with pytest.raises(InvalidSetting, match=says):
        read_settings(environ)


def test_the_port_of_the_api_moves_with_those_of_the_health_checks_unless_it_is_set() -> None:
    assert read_settings({}).api.port == 9480
    assert read_settings({"CASECORE_HEALTH_PORT": "9570"}).api.port == 9580
    assert read_settings({"CASECORE_HEALTH_PORT": "9570", "CASECORE_API_PORT": "443"}).api.port == 443


def test_an_address_of_a_proxy_is_a_network_of_its_own() -> None:
    settings = read_settings({"CASECORE_API_PROXIES": "10.0.0.7, 10.1.0.0/16,fd00::1"})
    assert settings.api.proxies == ("10.0.0.7/32", "10.1.0.0/16", "fd00::1/128")


def test_names_that_kubernetes_injects_are_passed_over() -> None:
    environ = {"CASECORE_SERVICE_HOST": "10.0.0.1", "CASECORE_PORT": "tcp://10.0.0.1:80"}
    assert read_settings(environ) == read_settings({})
    # And beside a service that is called casecore-api, whose names are like those of our settings
    environ = {
        "CASECORE_API_SERVICE_HOST": "10.0.0.1",
        "CASECORE_API_PORT": "tcp://10.0.0.1:443",
        "CASECORE_API_PORT_443_TCP_PORT": "443",
    }
    assert read_settings(environ) == read_settings({})

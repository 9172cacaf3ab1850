"""Settings are read once, and a wrong one is named."""

from __future__ import annotations

import pytest

from casecore.cli.settings import SETTINGS, SettingWrong, read_settings


def test_without_any_everything_is_local() -> None:
    settings = read_settings({})
    assert (settings.database, settings.kafka, settings.topic_prefix) == ("", "", "casecore")
    assert settings.home.is_absolute()


def test_every_setting_is_read_and_explained() -> None:
    for setting in SETTINGS:
        assert setting.meaning
        value = "3" if setting.default.isdecimal() else "elsewhere"
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
    ],
)
def test_a_wrong_one_is_named_with_what_would_be_right(environ: dict[str, str], says: str) -> None:
    with pytest.raises(SettingWrong, match=says):
        read_settings(environ)

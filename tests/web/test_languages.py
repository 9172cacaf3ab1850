"""The page in the language of who reads it: that of the switch, else that of the browser."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.web.rendering.language import LANGUAGES, language_of
from casecore.web.rendering.times import LocalTimes
from tests.web.sites import ADDRESS, Site

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
GERMAN = LocalTimes("de", ZoneInfo("Europe/Berlin"), NOW)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT", "de"),
        ("de-CH-1996, en;q=0.5", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("en;q=0.3, de;q=0.7", "de"),
        ("de;q=0, en", "en"),
        ("de;q=0", "en"),
        ("fr, it;q=0.9", "en"),
        ("fr, de;q=0.1", "de"),
        ("*", "en"),
        ("DE", "de"),
        ("de;q=2, en", "en"),
    ],
)
def test_the_language_is_the_one_that_the_browser_prefers(accepted: str, language: str) -> None:
    assert language_of(None, accepted) == language


@given(st.text(st.sampled_from("dentrfDEATCH-_*;q=0.15, \t\n\x00ä"), max_size=60), st.none() | st.text())
def test_a_language_is_found_whatever_a_browser_says(accepted: str, chosen: str | None) -> None:
    assert language_of(chosen, accepted) in LANGUAGES


@given(st.text(max_size=200))
def test_a_language_is_found_whatever_a_header_holds(accepted: str) -> None:
    assert language_of(None, accepted) in LANGUAGES


def test_the_switch_goes_before_the_browser() -> None:
    assert language_of("en", "de") == "en"
    assert language_of("xx", "de") == "de"


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 3, 3, 9, 5, tzinfo=UTC), "10:05"),
        (datetime(2026, 2, 1, 9, 5, tzinfo=UTC), "1. Feb., 10:05"),
        (datetime(2025, 7, 1, 9, 5, tzinfo=UTC), "1. Juli 2025, 11:05"),
    ],
)
def test_instants_are_written_as_in_german(instant: datetime, text: str) -> None:
    assert GERMAN.short(instant) == text


def test_days_are_written_as_in_german() -> None:
    assert GERMAN.day(date(2026, 3, 3)) == "03.03.2026"
    assert (
        GERMAN.exact(NOW) == "Di., 3. März 2026, 13:00:00 Mitteleuropäische Normalzeit; 2026-03-03T12:00:00Z"
    )
    assert GERMAN._replace(language="en").day(date(2026, 3, 3)) == "3 Mar 2026"


def test_a_page_is_in_the_language_of_the_browser_until_the_switch_says_another(site: Site) -> None:
    browser = site.browser(**{"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})

    in_german = browser.look("/login").text
    answer = browser.client.post(
        "/language", data={"language": "en", "back": "/login"}, headers={"Origin": ADDRESS}
    )
    in_english = browser.look("/login").text

    assert '<html lang="de">' in in_german
    assert "<h1>Anmelden</h1>" in in_german
    assert answer.status_code == 303
    assert '<html lang="en">' in in_english
    assert "<h1>Log in</h1>" in in_english


def test_what_did_not_work_is_said_in_the_language_of_the_browser(site: Site) -> None:
    browser = site.as_("seller:nord:ida", **{"Accept-Language": "de"})

    wrong_key = site.browser(**{"Accept-Language": "de"}).client.post(
        "/login", data={"key": "casecore_X"}, headers={"Origin": ADDRESS}
    )

    assert "Dieser Schlüssel ist hier nicht bekannt." in wrong_key.text
    assert "Den Fall C-9 gibt es nicht." in browser.look("/cases/C-9").text
    assert "Diese Seite gibt es nicht." in browser.look("/nothing").text
    assert "Fall eröffnen" in browser.look("/open-case").text

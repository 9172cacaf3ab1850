"""The contract's words have texts, and refusals are said with them, in the language of who reads."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from inspect import signature
from io import BytesIO
from pathlib import Path
from string import Formatter
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from casecore.cases.lifecycle import TRANSITIONS
from casecore.cases.permissions import PERMISSIONS
from casecore.cases.refusals import AfterEnd, BeforeOpening, IllegalMove, NotPermitted, TopicUnknown
from casecore.cases.topics import TOPICS
from casecore.clocks.custody import Custodian
from casecore.clocks.explanation import Stretch
from casecore.clocks.reading import ClockStatus
from casecore.contract.cases import Category, Level, Priority, Sender, State
from casecore.contract.envelope import Role
from casecore.contract.fees import FeeService
from casecore.contract.parties import PartyRole
from casecore.contract.service_levels import Clock, Covers
from casecore.contract.types import EVENT_TYPES
from casecore.errors.kinds import CasecoreError
from casecore.http.problems import InvalidRequest
from casecore.identity.identity import Scope
from casecore.licences.refusals import DayOutOfRange
from casecore.web.rendering.language import LANGUAGES
from casecore.web.rendering.refusal_words import KINDS, WORDS_OF_REFUSALS
from casecore.web.rendering.refusals import REFUSAL, said, said_of
from casecore.web.rendering.templates import environment
from casecore.web.rendering.times import LocalTimes
from casecore.web.rendering.words import WORDS
from devtools.catalogues import refusal_codes

WEB = Path(__file__).parents[2] / "src" / "casecore" / "web"
BERLIN = ZoneInfo("Europe/Berlin")


def read(language: str) -> list[Message]:
    path = WEB / "catalogues" / f"{language}.po"
    found: Catalog = read_po(BytesIO(path.read_bytes()), locale=language, abort_invalid=True)
    return [one for one in found if one.id]


MESSAGES = {language: read(language) for language in LANGUAGES}


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def errors() -> dict[str, list[type[CasecoreError]]]:
    """The types of error that a page can meet, by their code."""
    waiting, found = [CasecoreError], dict[str, list[type[CasecoreError]]]()
    codes = refusal_codes()
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if kind.code in codes and kind.__module__.startswith(("casecore.", "projections.")):
            found.setdefault(kind.code, []).append(kind)
    return found


ERRORS = errors()


def made(kind: type[CasecoreError]) -> CasecoreError:
    """An error, with a text for all that it names."""
    own = kind.__init__ is not Exception.__init__
    parameters = signature(kind.__init__).parameters if own else {}
    needed = [name for name in parameters if name not in ("self", "args", "kwargs")]
    if not own:
        return kind("2")
    try:
        return kind(**dict.fromkeys(needed, "2"))
    except AttributeError:  # it takes what is wrong in several places
        return kind(**{name: (SimpleNamespace(text="2"),) for name in needed})


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("state", State),
        ("level", Level),
        ("priority", Priority),
        ("category", Category),
        ("role", Role),
        ("clock", Clock),
        ("status", ClockStatus),
        ("holder", Custodian),
        ("stretch", Stretch),
        ("scope", Scope),
    ],
)
def test_each_word_of_a_kind_has_a_text(kind: str, words: type[Enum]) -> None:
    assert {one.value for one in words} <= WORDS[kind].keys()


@pytest.mark.parametrize(
    ("kind", "words"),
    [("covers", Covers), ("party_role", PartyRole), ("sender", Sender), ("service", FeeService)],
)
def test_each_word_of_a_refusal_has_a_text(kind: str, words: type[Enum]) -> None:
    assert {one.value for one in words} == WORDS_OF_REFUSALS[kind].keys()


def test_each_event_each_topic_and_each_action_has_a_text() -> None:
    assert {one.name.rpartition(".")[2] for one in EVENT_TYPES.all} == WORDS["event"].keys()
    assert TOPICS.keys() == WORDS["topic"].keys()
    assert PERMISSIONS.keys() | {one.trigger for one in TRANSITIONS} == WORDS["verb"].keys()


def test_each_kind_of_word_that_a_refusal_names_is_known() -> None:
    kinds = set(KINDS.values()) - {"", "country"}
    assert kinds <= WORDS.keys() | WORDS_OF_REFUSALS.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_names_only_what_its_error_knows(language: str) -> None:
    known = {code: {"message", *made(kind).details} for code, kinds in ERRORS.items() for kind in kinds}
    refusals = {str(one.id): str(one.string) for one in MESSAGES[language] if one.context == REFUSAL}

    wrong = {
        code: text for code, text in refusals.items() if not names_in(text) <= known.get(code, {"message"})
    }
    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_is_said(language: str) -> None:
    errors_met = [made(kind) for kinds in ERRORS.values() for kind in kinds]

    texts = {error.code: said(language, error, str(error), UTC) for error in errors_met}

    assert {code: text for code, text in texts.items() if not text or "{" in text} == {}


def test_a_refusal_says_its_words_as_people_read_them() -> None:
    refused = IllegalMove("hand_back", "reseller_l0", ("escalate", "resolve"))

    assert said("en", refused, str(refused), UTC) == (
        "“Hand back” is not possible: the case is in progress, level 0. Possible are: Escalate, Resolve."
    )
    assert said("de", refused, str(refused), UTC) == (
        "„Zurückgeben“ ist nicht möglich, der Fall ist in Arbeit, Stufe 0. Möglich ist: Eskalieren, Lösen."
    )


@pytest.mark.parametrize(
    ("refused", "text"),
    [
        (
            NotPermitted("customer", "hand_back", "vendor", ("vendor",)),
            "„Zurückgeben“ ist in der Rolle Kunde gerade nicht möglich. Am Zug ist: Hersteller. "
            "Erlaubt ist es: Hersteller.",
        ),
        (
            BeforeOpening("2026-03-03T10:00:00+00:00", "2026-03-05T10:00:00+00:00"),
            "Der Zeitpunkt 3. März 2026, 11:00 MEZ liegt vor der Eröffnung des Falls "
            "(5. März 2026, 11:00 MEZ). Möglich ist diese Zeit oder eine spätere.",
        ),
        (
            DayOutOfRange("from_on", "2020-02-01", "2021-01-01", "2028-01-01"),
            "„ab“ ist 01.02.2020. Möglich ist ein Tag vom 01.01.2021 bis zum 01.01.2028.",
        ),
        (
            TopicUnknown("x", "user_support", ("training",)),
            "„x“ ist kein Thema der Kategorie „Anwendersupport“. Zur Wahl stehen: Schulung.",
        ),
        (InvalidRequest("sort is 'x'"), "Die Angaben passen so nicht: sort is 'x'."),
        (
            InvalidRequest("the form cannot be read: open its page again"),
            "Das Formular ist nicht lesbar. Bitte die Seite neu öffnen.",
        ),
    ],
    ids=lambda given: given if isinstance(given, str) else type(given).__name__,
)
def test_a_refusal_is_said_in_german(refused: CasecoreError, text: str) -> None:
    assert said("de", refused, str(refused), BERLIN) == text


def test_a_page_says_the_instants_of_a_refusal_in_the_zone_of_its_other_instants() -> None:
    read = LocalTimes("en", BERLIN, datetime(2026, 3, 2, 12, tzinfo=UTC))

    text = environment("en").globals["say"](read, AfterEnd("2026-03-02T09:30:00+00:00"))

    assert "10:30" in text
    assert "09:30" not in text


def test_what_nobody_may_hear_is_not_said() -> None:
    refused = InvalidRequest("the login x of the server y is wrong")

    assert said("de", refused, "The program has a fault.", UTC).startswith("Im Programm ist ein Fehler")
    assert said_of("de", "defect", "The program has a fault.").startswith("Im Programm ist ein Fehler")
    assert said_of("de", "http_404", "Nothing matches the given URI") == "Diese Seite gibt es nicht."


def test_values_that_look_like_fields_are_left_as_they_are() -> None:
    refused = TopicUnknown("{case.__class__}", "user_support", ())

    assert "„{case.__class__}“" in said("de", refused, str(refused), UTC)

"""The contract's words have texts, and every text of the page is said in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from inspect import signature
from io import BytesIO
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from casecore.cases.lifecycle import TRANSITIONS
from casecore.cases.permissions import PERMISSIONS
from casecore.cases.refusals import BeforeOpening, IllegalMove, NotPermitted, TopicUnknown
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
from casecore.web.rendering.language import LANGUAGES, translations
from casecore.web.rendering.refusal_words import KINDS, WORDS_OF_REFUSALS
from casecore.web.rendering.refusals import REFUSAL, TEXTS_OF_OTHERS, said, said_of
from casecore.web.rendering.words import WORDS
from devtools import catalogues
from devtools.catalogues import catalogue, refusal_codes, texts_in

WEB = Path(__file__).parents[2] / "src" / "casecore" / "web"
SOURCES = WEB.parent
BERLIN = ZoneInfo("Europe/Berlin")
NAMES = {"casecore", "relay", "PDF", "XML"}
"""What is called so in every language."""
NAMED = re.compile(r"%\(\w+\)[a-z]")


def read(language: str) -> list[Message]:
    path = WEB / "catalogues" / f"{language}.po"
    found: Catalog = read_po(BytesIO(path.read_bytes()), locale=language, abort_invalid=True)
    return [one for one in found if one.id]


MESSAGES = {language: read(language) for language in LANGUAGES}
ALL = [pytest.param(one, id=f"{language}-{one.id}") for language in LANGUAGES for one in MESSAGES[language]]
REFUSALS = [(language, one) for language in LANGUAGES for one in MESSAGES[language] if one.context == REFUSAL]


def forms(text: str | Iterable[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


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
    return kind(**dict.fromkeys(needed, "2")) if own else kind("2")


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


def test_a_text_of_another_room_is_one_that_it_says() -> None:
    said_there = "".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py"))
    own = {text for words in WORDS_OF_REFUSALS.values() for text in words.values()}
    joined = re.sub(r'"\s*\n?\s*"', "", said_there)
    assert [text for text in TEXTS_OF_OTHERS if text not in own and joined.count(text) < 2] == []


def bare_texts(template: str) -> set[str]:
    """What a template says beside its expressions, also in attributes that people read or hear."""
    text = re.sub(r"{#.*?#}|{%-?\s*trans\b.*?endtrans\s*-?%}|<code>.*?</code>", "", template, flags=re.DOTALL)
    text = re.sub(r"{{.*?}}|{%.*?%}", "\n", text, flags=re.DOTALL)
    attributes = re.findall(r'(?:title|aria-label|placeholder|alt)="([^"]*)"', text)
    return {
        word
        for part in (re.sub(r"<[^>]*>", "\n", text), *attributes)
        for word in re.findall(r"[^\W\d]{2,}", part)
    }


@pytest.mark.parametrize("path", sorted((WEB / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_a_template_says_nothing_that_is_not_translated(path: Path) -> None:
    assert bare_texts(path.read_text(encoding="utf-8")) <= NAMES


def test_all_is_said_in_german() -> None:
    written = (WEB / "catalogues" / "de.po").read_bytes()
    known = {(one.context, forms(one.id)[0]) for one in MESSAGES["de"]}
    assert {(None, text) for text in texts_in(WEB)} <= known
    assert {(REFUSAL, code) for code in refusal_codes()} <= known
    assert b"#~" not in written
    assert b"fuzzy" not in written


@pytest.mark.parametrize("message", ALL)
def test_a_translation_says_all_that_its_text_says(message: Message) -> None:
    texts, translated = forms(message.id), forms(message.string)
    assert all(translated)
    assert len(texts) == len(translated)
    if message.context is None:
        for text in translated:
            assert set(NAMED.findall(text)) == set(NAMED.findall(texts[-1]))


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_a_refusal_names_only_what_its_error_knows(code: str) -> None:
    for kind in ERRORS[code]:
        for language, message in REFUSALS:
            if message.id == code:
                names = {name for _, name, _, _ in Formatter().parse(str(message.string)) if name is not None}
                assert names <= {*made(kind).details, "message"}, language


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(ERRORS))
def test_every_error_is_said(code: str, language: str) -> None:
    for kind in ERRORS[code]:
        text = said(language, made(kind), str(made(kind)))
        assert text
        assert "{" not in text


def test_a_refusal_says_its_words_as_people_read_them() -> None:
    refused = IllegalMove("hand_back", "reseller_l0", ("escalate", "resolve"))

    assert said("en", refused, str(refused)) == (
        "“Hand back” is not possible: the case is in progress, level 0. Possible are: Escalate, Resolve."
    )
    assert said("de", refused, str(refused)) == (
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
            "„ab“ ist 1. Feb. 2020. Möglich ist ein Tag vom 1. Jan. 2021 bis zum 1. Jan. 2028.",
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


def test_what_nobody_may_hear_is_not_said() -> None:
    refused = InvalidRequest("the login x of the server y is wrong")

    assert said("de", refused, "The program has a fault.").startswith("Im Programm ist ein Fehler")
    assert said_of("de", "defect", "The program has a fault.").startswith("Im Programm ist ein Fehler")
    assert said_of("de", "http_404", "Nothing matches the given URI") == "Diese Seite gibt es nicht."


def test_values_that_look_like_fields_are_left_as_they_are() -> None:
    refused = TopicUnknown("{case.__class__}", "user_support", ())

    assert "„{case.__class__}“" in said("de", refused, str(refused))


def test_numbers_have_their_plural() -> None:
    many = translations("de").ngettext(
        "%(num)s event is not in it yet", "%(num)s events are not in it yet", 2
    )
    assert many % {"num": 2} == "2 Ereignisse sind noch nicht enthalten"


def test_the_catalogue_keeps_what_is_translated_and_drops_what_nothing_says() -> None:
    written = 'msgid "kept"\nmsgstr "behalten"\n\nmsgid "gone"\nmsgstr "weg"\n'

    made_now = catalogue("de", written.encode(), {"kept": "kept", "new": "new"}, ["a_code"])

    found = {(one.context, one.id): one.string for one in read_po(BytesIO(made_now)) if one.id}
    assert found == {(None, "kept"): "behalten", (None, "new"): "", (REFUSAL, "a_code"): ""}
    assert catalogue("de", made_now, {"kept": "kept", "new": "new"}, ["a_code"]) == made_now


def test_a_text_that_gets_a_plural_is_translated_again() -> None:
    written = 'msgid "%(num)s case"\nmsgstr "%(num)s Fall"\n'

    made_now = catalogue("de", written.encode(), {"%(num)s case": ("%(num)s case", "%(num)s cases")}, [])

    assert b'msgstr[0] ""' in made_now


def test_the_texts_of_templates_and_code_are_found(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text(
        "{{ _('a') }}{% trans %}b{% endtrans %}{{ gettext(title) }}"
        "{{ ngettext('%(num)s c', '%(num)s cs', 2) }}"
    )
    (tmp_path / "two.py").write_text(
        'TITLE = N_("d")\nOTHER = (\n    N_("e " "f")\n)\nraise InvalidRequest("g", "field")\n'
        'raise InvalidRequest(f"{given} is wrong")\n'
    )

    assert texts_in(tmp_path) == {
        "a": "a",
        "b": "b",
        "%(num)s c": ("%(num)s c", "%(num)s cs"),
        "d": "d",
        "e f": "e f",
        "g": "g",
    }


def test_the_words_that_no_mark_names_are_found() -> None:
    assert {one.title for one in TOPICS.values()} <= catalogues.texts_of_words().keys()

"""Every text of the page is in the catalogues, and each is said in German."""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from casecore.cases.topics import TOPICS
from casecore.web.rendering.language import LANGUAGES, translations
from casecore.web.rendering.refusal_words import WORDS_OF_REFUSALS
from casecore.web.rendering.refusals import REFUSAL, TEXTS_OF_OTHERS
from devtools import catalogues
from devtools.catalogues import catalogue, refusal_codes, texts_in

WEB = Path(__file__).parents[2] / "src" / "casecore" / "web"
SOURCES = WEB.parent
NAMES = {"casecore", "relay", "PDF", "XML"}
"""What is called so in every language."""
NAMED = re.compile(r"%\(\w+\)[a-z]")


def messages(language: str) -> list[Message]:
    path = WEB / "catalogues" / f"{language}.po"
    return [one for one in read_po(BytesIO(path.read_bytes()), locale=language, abort_invalid=True) if one.id]


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


def is_complete(message: Message) -> bool:
    """Whether a translation has each form of its text, and the same names in it."""
    texts, translated = forms(message.id), forms(message.string)
    if len(texts) != len(translated) or not all(translated):
        return False
    wanted = set(NAMED.findall(texts[-1]))
    return message.context is not None or all(set(NAMED.findall(text)) == wanted for text in translated)


def forms(text: str | Iterable[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


@pytest.mark.parametrize("path", sorted((WEB / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_a_template_says_nothing_that_is_not_translated(path: Path) -> None:
    assert bare_texts(path.read_text(encoding="utf-8")) <= NAMES


def test_all_is_said_in_german() -> None:
    written = (WEB / "catalogues" / "de.po").read_bytes()
    known = {(one.context, forms(one.id)[0]) for one in messages("de")}
    assert {(None, text) for text in texts_in(WEB)} <= known
    assert {(REFUSAL, code) for code in refusal_codes()} <= known
    assert b"#~" not in written
    assert b"fuzzy" not in written


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_says_all_that_its_text_says(language: str) -> None:
    assert {one.id: one.string for one in messages(language) if not is_complete(one)} == {}


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        ("a", ""),
        ("%(num)s a", "b"),
        ("a", "%(num)s b"),
        ("%(num)s a", "%(num)d b"),
        (("%(num)s a", "%(num)s as"), ("%(num)s b", "")),
        (("%(num)s a", "%(num)s as"), "%(num)s b"),
    ],
)
def test_a_translation_that_lacks_something_is_found(
    text: str | tuple[str, str], translated: str | tuple[str, str]
) -> None:
    assert not is_complete(Message(text, translated))


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


def test_a_text_of_another_room_is_one_that_it_says() -> None:
    said_there = "".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py"))
    own = {text for words in WORDS_OF_REFUSALS.values() for text in words.values()}
    joined = re.sub(r'"\s*\n?\s*"', "", said_there)
    assert [text for text in TEXTS_OF_OTHERS if text not in own and joined.count(text) < 2] == []

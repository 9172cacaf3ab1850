"""Writes the catalogues of the page: every text that it says, with what is translated already.

People edit src/casecore/web/catalogues/de.po, and this keeps what they wrote: new texts come in without a
translation, and those that nothing says any more go. Of English, only refusals and messages stand in a
catalogue that the page says otherwise than the program.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

import casecore.web
from casecore.api.description.problems import all_problems
from casecore.decider.refusal import Refusal
from casecore.errors.kinds import CasecoreError
from casecore.http.protection.request_heads import REFUSED_REQUESTS
from casecore.web.rendering.refusals import REFUSAL, TEXTS_OF_OTHERS
from casecore.web.rendering.words import WORDS

CatalogueText: TypeAlias = str | tuple[str, str]
"""A text of a template or of code; with its plural, if it has one."""
CatalogueKey: TypeAlias = tuple[str | None, str]
"""By which a text is found: its context, and its (first) form in English."""

_KEYWORDS: Mapping[str, tuple[int, ...] | None] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "InvalidRequest": None,
    "NotAuthenticated": None,
}
"""What is given a text to translate; errors that have no values are said by their messages."""
_JINJA_OPTIONS = {
    "newstyle_gettext": "true",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "silent": "false",
}
_METHODS: tuple[tuple[str, str, dict[str, str]], ...] = (
    (".py", "python", {}),
    (".html", "jinja2.ext:babel_extract", _JINJA_OPTIONS),
)
_HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Language: {language}\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
_WIDTH = 100


def catalogue_files(root: Path) -> dict[Path, bytes]:
    """The catalogues as they should be; none where there is no page."""
    web = root / "src" / "casecore" / "web"
    said = {**texts_in(web), **texts_of_words()} if web.is_dir() else {}
    files: dict[Path, bytes] = {}
    for language in ("de", "en"):
        path = web / "catalogues" / f"{language}.po"
        if path.exists():
            is_base = language == "en"
            files[path] = catalogue(language, path.read_bytes(), said, refusal_codes(), only_other=is_base)
    return files


def catalogue(
    language: str,
    written: bytes,
    said: Mapping[str, CatalogueText],
    codes: Iterable[str],
    *,
    only_other: bool = False,
) -> bytes:
    """A catalogue of these texts and refusals, with what is translated in the one `written`.

    With `only_other` it has none but those that are translated.
    """
    known = _translated(written, language)
    made = Catalog(locale=language)
    wanted: list[tuple[CatalogueKey, CatalogueText]] = [
        *(((None, text), said[text]) for text in sorted(said)),
        *(((REFUSAL, code), code) for code in sorted(set(codes))),
    ]
    for key, text in wanted:
        found = known.get(key)
        if found is not None or not only_other:
            # The type hints of Babel leave out the plural.
            made.add(text, _fitting(text, found), context=key[0])
    body = BytesIO()
    write_po(body, made, width=_WIDTH, no_location=True, omit_header=True)
    return _HEADER.format(language=language).encode() + body.getvalue().lstrip(b"\n")


def texts_in(folder: Path) -> dict[str, CatalogueText]:
    """The texts that templates and code below a folder mark as said; each by its form for one."""
    found: dict[str, CatalogueText] = {}
    for suffix, method, options in _METHODS:
        for path in sorted(folder.rglob(f"*{suffix}")):
            with path.open("rb") as file:
                for _, text, _, _ in extract(method, file, _KEYWORDS, options=options):
                    _add(found, text if isinstance(text, str) else (text[0], text[1]))
    return found


def texts_of_words() -> dict[str, CatalogueText]:
    """The words of the contract, wherever their texts are written, and what other rooms say to people."""
    words = (text for of_kind in WORDS.values() for text in of_kind.values())
    return {text: text for text in (*words, *TEXTS_OF_OTHERS)}


def refusal_codes() -> set[str]:
    """The codes of all errors that a form or a page can meet."""
    for module in pkgutil.walk_packages(casecore.web.__path__, "casecore.web."):
        importlib.import_module(module.name)
    errors = set(_below(CasecoreError))
    own = {one.code for one in errors if one.__module__.startswith("casecore.web.")}
    refusals = {one.code for one in errors if issubclass(one, Refusal) and not one.__subclasses__()}
    of_connections = {one.code for one in REFUSED_REQUESTS} - {one.code for one in errors}
    return own | refusals | {one.code for one in all_problems()} - of_connections


def _below(kind: type[CasecoreError]) -> Iterator[type[CasecoreError]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith("casecore."):
            yield child
            yield from _below(child)


def _add(found: dict[str, CatalogueText], text: CatalogueText) -> None:
    """Add a text: one that is somewhere said with its plural has it everywhere."""
    key = text if isinstance(text, str) else text[0]
    if key and (key not in found or not isinstance(text, str)):
        found[key] = text


def _translated(written: bytes, language: str) -> dict[CatalogueKey, Message]:
    read = read_po(BytesIO(written), locale=language, abort_invalid=True)
    return {_key(one): one for one in read if one.id and _is_translated(one)}


def _is_translated(one: Message) -> bool:
    return all([one.string] if isinstance(one.string, str) else one.string or [""])


def _key(one: Message) -> CatalogueKey:
    return one.context, one.id if isinstance(one.id, str) else one.id[0]


def _fitting(text: CatalogueText, found: Message | None) -> str | tuple[str, ...]:
    """A translation, if it has as many forms as its text."""
    is_plural = not isinstance(text, str)
    if found is None or isinstance(found.string, str) is is_plural:
        return ("", "") if is_plural else ""
    return found.string if isinstance(found.string, str) else tuple(found.string or ())

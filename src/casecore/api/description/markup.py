"""HTML as text that cannot be wrong: what is no `Markup` is escaped wherever it is put."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

_VOID = frozenset({"link", "meta", "br", "hr"})
_SPANS = re.compile(r"`([^`]+)`|\{(\w+)\}|(/docs/problems)\b")
_PAGES = (("/docs", "Operations"), ("/docs/problems", "Problems"), ("/v1/openapi.json", "OpenAPI 3.1"))


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str) -> Markup:
    """An element; an attribute whose name Python keeps for itself ends with an underscore."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items()
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(children)}</{name}>")


def joined(parts: Iterable[str], between: str = "") -> Markup:
    """Parts one after another, those that are not HTML escaped."""
    return Markup(between.join(part if isinstance(part, Markup) else escape(part) for part in parts))


def prose(text: str) -> Markup:
    """A docstring or description as paragraphs; `code` and the {fields} of a message are marked."""
    return joined(
        element("p", line(" ".join(paragraph.split())))
        for paragraph in text.split("\n\n")
        if paragraph.strip()
    )


def line(text: str) -> Markup:
    """One paragraph's text."""
    parts: list[str] = []
    last = 0
    for found in _SPANS.finditer(text):
        parts.append(text[last : found.start()])
        code, field, page = found.groups()
        if code:
            parts.append(element("code", code))
        elif field:
            parts.append(element("var", field))
        else:
            parts.append(element("a", page, href=page))
        last = found.end()
    return joined([*parts, text[last:]])


def fields(entries: Iterable[tuple[str, str]], kind: str = "names") -> Markup:
    """Names with what they mean, beside each other where there is room, else one below the other.

    `kind` says what they are: names, or statuses, which are short.
    """
    made = [element("div", element("dt", name), element("dd", meaning)) for name, meaning in entries]
    return element("dl", *made, class_=f"fields {kind}") if made else Markup("")


def page(address: str, title: str, contents: Markup, *children: str) -> bytes:
    """A whole page: the pages there are, what is on this one, and itself."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("link", rel="stylesheet", href="/docs/style.css"),
    )
    links = (
        element("a", text, href=href, **({"aria_current": "page"} if href == address else {}))
        for href, text in _PAGES
    )
    body = element(
        "body",
        element("a", "Skip the contents", class_="skip", href="#page"),
        element("header", element("nav", *links, aria_label="Pages")),
        element("nav", contents, class_="contents", aria_label="Contents"),
        element("main", element("h1", title), *children, id="page"),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n".encode()

"""HTML as text that cannot be wrong: what is no `Markup` is escaped wherever it is put."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

_VOID = frozenset({"link", "meta", "br", "hr"})
_SPANS = re.compile(r"`([^`]+)`|\{(\w+)\}|(/docs/problems)\b")


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


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """A table, which is wider than a narrow page without making the page wider."""
    made = [element("tr", *(element("td", cell) for cell in row)) for row in rows]
    if not made:
        return Markup("")
    return element(
        "div",
        element(
            "table",
            element("caption", caption),
            element("thead", element("tr", *(element("th", one, scope="col") for one in head))),
            element("tbody", *made),
        ),
        class_="wide",
        role="region",
        aria_label=caption,
        tabindex="0",
    )


def page(title: str, *children: str) -> bytes:
    """A whole page."""
    links = (("/docs", "Operations"), ("/docs/problems", "Problems"), ("/v1/openapi.json", "OpenAPI 3.1"))
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("link", rel="stylesheet", href="/docs/style.css"),
    )
    navigation = element("nav", *(element("a", text, href=href) for href, text in links), aria_label="Pages")
    body = element("body", element("header", navigation), element("main", element("h1", title), *children))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n".encode()

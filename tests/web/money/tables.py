"""What the tables of a page say."""

from __future__ import annotations

from html.parser import HTMLParser

_UNSEEN = "unseen"


class _Reader(HTMLParser):
    """Finds tables by their captions; what is there for those who listen alone is left out of cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self._rows: list[list[str]] = []
        self._text: list[str] | None = None
        self._caption = ""
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th", "caption"):
            self._text = []
        elif tag == "span" and (self._unseen or ("class", _UNSEEN) in attrs):
            self._unseen += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "span" and self._unseen:
            self._unseen -= 1
        elif self._text is not None and tag in ("td", "th", "caption"):
            text = " ".join("".join(self._text).split())
            if tag == "caption":
                self._caption = text
            else:
                self._rows[-1].append(text)
            self._text = None
        elif tag == "table":
            self.tables[self._caption] = self._rows

    def handle_data(self, data: str) -> None:
        if self._text is not None and not self._unseen:
            self._text.append(data)


def rows_of(page: str, caption: str) -> list[list[str]]:
    """The rows of a table of a page, the head first; one that is empty where it is not on the page."""
    reader = _Reader()
    reader.feed(page)
    return reader.tables.get(caption, [[]])


def table(page: str, caption: str) -> list[dict[str, str]]:
    """The rows of a table of a page by the names of its columns; none where it is not on the page."""
    head, *rows = rows_of(page, caption)
    return [dict(zip(head, row, strict=False)) for row in rows if len(row) == len(head)]

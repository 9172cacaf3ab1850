"""What the docstring of an event's type says: what happened, and under labels when, why, and what follows."""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import NamedTuple

_LABELS = ("When", "Why", "Then", "Fields")
_AT_LABEL = re.compile(rf"\n(?=(?:{'|'.join(_LABELS)}): )")


class InvalidProse(ValueError):
    """An event's docstring is not of the form that CONTRIBUTING.md describes; the message says why."""


class EventProse(NamedTuple):
    """The parts of a docstring, each as one line of text; `fields` is empty where there is nothing to say."""

    summary: str
    when: str
    why: str
    then: str
    fields: str

    def labelled(self) -> tuple[tuple[str, str], ...]:
        """Each part after the summary that says something, with its label."""
        parts = zip(_LABELS, (self.when, self.why, self.then, self.fields), strict=True)
        return tuple((label, text) for label, text in parts if text)


def prose_of(struct: type) -> EventProse:
    """The parts of an event type's docstring; raises InvalidProse unless it says when, why and what then."""
    summary, _, rest = cleandoc(struct.__doc__ or "").partition("\n\n")
    found: dict[str, str] = {}
    for part in _AT_LABEL.split(rest):
        label, colon, text = part.strip().partition(": ")
        if not colon or label not in _LABELS or label in found:
            raise InvalidProse(
                f"{struct.__name__}: {part.strip()[:60]!r} does not begin with a label of its own"
            )
        found[label] = one_line(text)
    lacking = [label for label in _LABELS[:3] if label not in found]
    if lacking or list(found) != [label for label in _LABELS if label in found]:
        raise InvalidProse(
            f"{struct.__name__} needs {', '.join(_LABELS[:3])} in this order, then perhaps Fields"
        )
    return EventProse(one_line(summary), found["When"], found["Why"], found["Then"], found.get("Fields", ""))


def one_line(text: str) -> str:
    """The text without its line ends."""
    return " ".join(text.split())


def as_paragraphs(labelled: str) -> str:
    """What a docstring says under labels, in Markdown: a paragraph for each label."""
    parts = _AT_LABEL.split(labelled)
    return "\n\n".join(re.sub(r"\A(\w+): ", r"**\1:** ", one_line(part)) for part in parts)

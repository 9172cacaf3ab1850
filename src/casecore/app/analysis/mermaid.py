"""Graphs of steps and of hand-overs as Mermaid draws them, in a page, an issue or a file of Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

_THICKEST = 8
_BEGINNING, _ENDING = "begin", "finish"


class DrawnEdge(NamedTuple):
    """An arrow: from where to where (None: a case's beginning, or its end), how often, with which label."""

    before: str | None
    after: str | None
    times: int
    label: str


def flowchart(edges: Sequence[DrawnEdge], most: int) -> Iterator[str]:
    """The lines of a flowchart of the `most` most frequent edges; its title says what was left out.

    An edge is as thick as it is frequent, beside the most frequent one.
    """
    drawn = sorted(edges, key=lambda edge: -edge.times)[:most]
    yield from ("---", f"title: {_title(edges, drawn)}", "---", "flowchart LR")
    numbers = {name: f"n{place}" for place, name in enumerate(_names(drawn))}
    for name, number in numbers.items():
        yield f'    {number}["{_quoted(name)}"]'
    if any(edge.before is None for edge in drawn):
        yield f"    {_BEGINNING}((begins))"
    if any(edge.after is None for edge in drawn):
        yield f"    {_ENDING}((ends))"
    for edge in drawn:
        before = _BEGINNING if edge.before is None else numbers[edge.before]
        after = _ENDING if edge.after is None else numbers[edge.after]
        yield f'    {before} -->|"{_quoted(edge.label)}"| {after}'
    highest = drawn[0].times if drawn else 1
    for place, edge in enumerate(drawn):
        yield f"    linkStyle {place} stroke-width:{max(1, round(_THICKEST * edge.times / highest))}px"


def _title(edges: Sequence[DrawnEdge], drawn: Sequence[DrawnEdge]) -> str:
    if len(drawn) == len(edges):
        return f"All {len(edges)}"
    times = sum(edge.times for edge in edges)
    share = 100 * (times - sum(edge.times for edge in drawn)) / times
    return f"The {len(drawn)} most frequent of {len(edges)}; without {share:.1f} % of all"


def _names(edges: Sequence[DrawnEdge]) -> list[str]:
    named = (name for edge in edges for name in (edge.before, edge.after) if name is not None)
    return list(dict.fromkeys(named))


def _quoted(text: str) -> str:
    """A text within quotes, in which some characters have a meaning for Mermaid or for HTML."""
    return "".join(f"#{ord(one)};" if one in '"#<>&`\\' else one for one in text)

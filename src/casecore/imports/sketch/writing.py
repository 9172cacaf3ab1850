"""A first mapping, as TOML with comments that say what is left to decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from itertools import pairwise
from pathlib import Path

from casecore.imports.sketch.findings import MOST_ROWS, MOST_VALUES, Column, Findings, look_at
from casecore.imports.sketch.time_formats import is_local, stated
from casecore.imports.times.formats import ISO
from casecore.imports.toml_text import toml_text as _text

_MEANINGS = (
    (("open", "new", "creat", "insert", "neu"), '{ action = "open" }'),
    (("take", "assign", "progress", "start"), '{ action = "take" }'),
    (("wait", "pending", "hold"), '{ action = "wait" }'),
    (("reopen",), '{ action = "reopen" }'),
    (("resolve", "solved", "done", "fixed"), '{ action = "resolve", resolution_code = "solved" }'),
    (("close",), '{ action = "close" }'),
    (("cancel", "duplicate", "invalid", "reject"), '{ action = "cancel", reason = "…" }'),
    (("escalat",), '{ action = "escalate" }'),
    (("respon", "reply", "answer"), '{ action = "message", text = "…", sender = "agent" }'),
)
"""Words in an activity's name, and what it may mean."""


def sketch(path: Path) -> str:
    """The text of a first mapping for this log; raises SourceBroken and OSError.

    It can be used as it is: every row becomes a note, until the activities get their attempts.
    """
    found = look_at(path)
    lines = (
        f"# A first mapping for {_text(path.name)}, made from {found.rows:,} rows. All keys are explained in",
        "# docs/import-mapping.md. Go through it, and try it with --check.",
        *_top(found),
        "",
        *_source(found, path),
        "",
        *_case(found),
        "",
        *_attributes(found),
        *_rows(found),
        *_activities(found),
    )
    return "\n".join(lines) + "\n"


def _top(found: Findings) -> Iterator[str]:
    if found.rows >= MOST_ROWS:
        yield f"# Only the first {MOST_ROWS:,} rows were looked at."
    yield ""
    yield '# "reject" if a row of an activity that is not listed below is a mistake.'
    yield 'unlisted = "note"'


def _source(found: Findings, path: Path) -> Iterator[str]:
    yield "[source]"
    yield "# Part of every row's identity: never change it once rows are imported."
    yield f"name = {_text(path.name.split('.')[0][:90] or 'log')}"
    yield f"format = {_text(found.format)}"
    yield f"case = {_text(found.case)}"
    if not _is_wide(found):
        yield from _column("activity", found.activity, "no column looks like the activity")
        yield from _column("time", found.time, "no column looks like the time")
    yield from _column("resource", found.person, "no column looks like a person")
    yield from _time_formats(found)
    yield '# "time" if the file has its newest rows first.'
    yield f"order = {_text('time' if _goes_back(found) else 'file')}"
    if found.format == "csv":
        yield f"delimiter = {_text(found.delimiter)}"
        yield f"encoding = {_text(found.encoding)}"


def _column(key: str, name: str, otherwise: str) -> Iterator[str]:
    yield f"{key} = {_text(name)}" if name else f'# {otherwise}\n# {key} = "…"'


def _time_formats(found: Findings) -> Iterator[str]:
    columns = found.times if _is_wide(found) else [c for c in found.times if c.name == found.time]
    formats = list(dict.fromkeys(name for column in columns for name in column.formats))
    if formats and formats != [ISO]:
        yield f"time_format = [{', '.join(map(_text, formats))}]"
    ambiguous = {name.replace("%d/%m", "%m/%d") for name in formats if name.startswith("%d/%m")}
    if ambiguous:
        yield f"# If the month comes first: {', '.join(map(_text, sorted(ambiguous)))}."
    if any(is_local(name) and _lacks_offset(name, column) for column in columns for name in column.formats):
        yield "# The zone of times without an offset: state the one of the desk, such as Europe/Berlin."
        yield 'time_zone = "UTC"'


def _lacks_offset(time_format: str, column: Column) -> bool:
    read = (stated(time_format, text.strip()) for text in column.samples)
    return any(time is not None and time.at.tzinfo is None for time in read)


def _goes_back(found: Findings) -> bool:
    """Whether most samples are from before the one above them."""
    column = found.columns.get(found.time)
    if _is_wide(found) or column is None:
        return False
    instants = []
    for text in column.samples:
        time = next((t for name in column.formats if (t := stated(name, text.strip())) is not None), None)
        if time is not None:
            instants.append(time.at if time.at.tzinfo is not None else time.at.replace(tzinfo=UTC))
    pairs = list(pairwise(instants))
    return sum(later < one for one, later in pairs) > sum(later > one for one, later in pairs)


def _case(found: Findings) -> Iterator[str]:
    yield "[case]"
    yield "# What a case is called here, and what it is opened with where the log does not say."
    yield 'reference = "LOG-{case}"'
    if found.customer:
        yield f"customer = {{ attribute = {_text(found.customer)} }}"
    else:
        yield 'customer = "customer"'
    yield 'seller = "seller"'
    yield 'category = "technical_support"'
    yield 'topic = "troubleshooting"'


def _attributes(found: Findings) -> Iterator[str]:
    yield "[attributes]"
    yield "# Kept with each event. They are personal data, unless `plain` lists them."
    taken = {found.activity, found.time, found.person} | {c.name for c in found.times if _is_wide(found)}
    names = [name for name in found.columns if name not in taken]
    for name in names:
        column = found.columns[name]
        values = len(column.values)
        different = f"{values} different" if values < MOST_VALUES else f"{MOST_VALUES} different, or more"
        yield f"#   {_text(name)}: in {column.filled:,} rows, {different}"
    yield 'keep = "all"'
    yield "plain = []"
    longest = max((found.columns[name].longest for name in names), default=0)
    yield '# "truncate" cuts texts of more than 2,000 characters, and counts the rows.'
    yield f"on_long_text = {_text('reject' if longest <= 2_000 else 'truncate')}"


def _rows(found: Findings) -> Iterator[str]:
    if not _is_wide(found):
        return
    yield ""
    yield "# One row for each ticket: an event for each of its times."
    for column in found.times:
        yield "[[row]]"
        yield f"activity = {_text(column.name)}"
        yield f"time = {_text(column.name)}"
        yield ""


def _activities(found: Findings) -> Iterator[str]:
    counted = (
        {column.name: column.filled for column in found.times}
        if _is_wide(found)
        else found.columns[found.activity].values
        if found.activity
        else {}
    )
    yield ""
    if len(counted) >= MOST_VALUES:
        yield f"# There may be more activities than these {MOST_VALUES}: is it the right column?"
    yield "# What each activity means; without attempts its rows are notes."
    for name, rows in counted.items():
        yield ""
        yield f"# {rows:,} rows"
        yield "[[activity]]"
        yield f"name = {_text(name)}"
        yield f"# attempts = [{_guess(name)}]"


def _guess(activity: str) -> str:
    lower = activity.lower()
    found = [meaning for words, meaning in _MEANINGS if any(word in lower for word in words)]
    return found[-1] if found else '{ action = "…" }'


def _is_wide(found: Findings) -> bool:
    return not found.activity and len(found.times) > 1

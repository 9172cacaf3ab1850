"""The mapping by which an exported XES file is imported again: each row as it was, one event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from casecore.analysis.exchange import xes_columns
from casecore.analysis.histories import CaseHistory, EventOfCase
from casecore.contract.cases import MessagePosted
from casecore.contract.envelope import Source
from casecore.contract.types import EVENT_TYPES
from casecore.decider.command import EARLIEST_YEAR
from casecore.errors.files import FileUnusable
from casecore.imports.attempts import ACTION_OF_EVENT
from casecore.imports.exported_rows import ACTIVITY, OF_TRACE, OWN_PREFIX, RESOURCE, TIME
from casecore.imports.mapping import LARGEST_MAPPING_BYTES
from casecore.imports.toml_text import toml_text as _text

_FIRST_LINE = "# Written by casecore export: "
_MOST_CHARACTERS = LARGEST_MAPPING_BYTES // 4
"""Of names of attributes and activities: what a mapping can list, in characters of up to four bytes."""
_MOST_RULES = 1_000
"""Ways in which a reference may follow from its case; a case has at most 200 characters."""

_FIELDS: dict[str, tuple[str, ...]] = {
    "take": ("agent",),
    "assign": ("agent",),
    "escalate": ("reason",),
    "hand_back": ("reason",),
    "wait": ("reason",),
    "message": ("text", "sender", "audience"),
    "priority": ("priority",),
    "reclassify": ("category", "topic", "partner"),
    "effort": ("minutes", "note"),
    "resolve": ("resolution_code", "summary"),
    "reopen": ("reason",),
    "cancel": ("reason", "duplicate_of"),
}
"""The fields of each action, which are columns of its event."""
_NEEDED = ("customer", "seller", "category", "topic")
_OPENING = (*_NEEDED, "partner", "priority", "subject", "licence_package")


def mapping_path(path: Path) -> Path:
    """The mapping's place beside a file: FILE.toml for FILE.xes and FILE.xes.gz."""
    bare = path.name.removesuffix(".gz").removesuffix(".xes")
    return path.with_name(f"{bare}.toml")


def is_of_an_export(mapping: Path) -> bool:
    """Whether there is a mapping that an export wrote."""
    if not mapping.is_file():
        return False
    with mapping.open("rb") as file:
        return file.read(len(_FIRST_LINE)) == _FIRST_LINE.encode()


def check_replaceable(mapping: Path) -> None:
    """Raise FileUnusable if there is something in the mapping's place that no export wrote."""
    if mapping.exists() and not is_of_an_export(mapping):
        what = "is there, and is no mapping that an export wrote: name another file to export to"
        raise FileUnusable(str(mapping), what)


class ImportMapping:
    """Gathers what a mapping must say of the rows of a file."""

    def __init__(self) -> None:
        self._sources: set[str] = set()
        self._organisations: set[str] = set()
        self._plain: dict[str, bool] = {}
        self._resource_plain: set[bool] = set()
        self._meanings: dict[tuple[str, str, str, str], None] = {}
        self._earliest_year = EARLIEST_YEAR
        self._rules: list[tuple[str, str, str]] | None = None
        self._characters = 0

    def add_trace(self, history: CaseHistory, events: Iterable[EventOfCase]) -> None:
        """Take the rows of a trace in."""
        case = None
        for event in events:
            source = event.fact.source
            if source is not None and self._characters <= _MOST_CHARACTERS:
                self._add(event, source)
                case = source.case
        if case is not None:
            rules = self._rules if self._rules is not None else list(_rules(case, history.reference))
            self._rules = [rule for rule in rules if _follows(rule, case, history.reference)]

    def _add(self, event: EventOfCase, source: Source) -> None:
        fact = event.fact
        if len(self._sources) < 2:
            self._sources.add(source.name)
        if len(self._organisations) < 2:
            self._organisations.add(fact.actor.organisation)
        self._earliest_year = min(self._earliest_year, fact.occurred_at.year)
        if source.resource is not None:
            self._resource_plain.add(isinstance(source.resource, str))
        for name, given in source.attributes.items():
            is_plain = isinstance(given, str)
            if name not in self._plain:
                self._characters += len(name)
                self._plain[name] = is_plain
            elif not is_plain:
                self._plain[name] = False
        data = fact.data
        readers = xes_columns.readers_of(data) if isinstance(data, MessagePosted) and data.readers else ""
        meaning = (source.activity, xes_columns.activity_of(event), EVENT_TYPES.name_of(data), readers)
        if meaning not in self._meanings:
            self._characters += sum(map(len, meaning)) + 200
            self._meanings[meaning] = None

    def text(self, file: str, notes: Iterable[str]) -> tuple[str | None, tuple[str, ...]]:
        """The mapping of a file of this name, with notes as comments; or None, and why there is none."""
        why_not = self._why_not()
        if why_not is not None:
            return None, (f"there is no mapping to import it again: {why_not}",)
        lines = [f"{_FIRST_LINE}how {file} is imported again, each row as it was.", *_comments(notes)]
        lines += [
            "",
            'unlisted = "reject"',
            *self._source_lines(),
            *self._case_lines(),
            *self._attribute_lines(),
        ]
        for meaning in sorted(self._meanings):
            lines += _activity_lines(*meaning)
        return "\n".join(lines) + "\n", ()

    def _why_not(self) -> str | None:
        if not self._sources:
            return "it has no rows"
        if len(self._sources) > 1:
            return "its rows are of several sources; export one"
        if self._characters > _MOST_CHARACTERS:
            return "it has too many activities or names of attributes"
        if len(self._organisations) > 1:
            return "its rows were imported for several organisations"
        if not self._rules:
            return "the references of its cases do not all follow from the source's in one way"
        return None

    def _source_lines(self) -> Iterator[str]:
        yield from ("", "[source]")
        yield f"name = {_text(*self._sources)}"
        yield 'format = "xes"'
        yield f"activity = {_text(ACTIVITY)}"
        yield f"time = {_text(TIME)}"
        if self._resource_plain:
            yield f"resource = {_text(RESOURCE)}"
        yield 'time_zone = "UTC"'
        if self._earliest_year < EARLIEST_YEAR:
            yield f"earliest_year = {self._earliest_year}"
        yield 'order = "file"'
        yield f"organisation = {_text(*self._organisations)}"
        yield "casecore_export = true"

    def _case_lines(self) -> Iterator[str]:
        assert self._rules
        strip, before, after = self._rules[0]
        yield from ("", "[case]")
        yield f"reference = {_text(before + '{case}' + after)}"
        if strip:
            yield f"strip_prefix = {_text(strip)}"
        for field in _OPENING:
            yield f"{field} = {_column(field, of_trace=True)}"

    def _attribute_lines(self) -> Iterator[str]:
        plain = [name for name, is_plain in sorted(self._plain.items()) if is_plain]
        yield from ("", "[attributes]", "plain = [")
        for name in (f"{OWN_PREFIX}agent", *plain):
            yield f"    {_text(name)},"
        yield "]"
        if self._resource_plain == {True}:
            yield "resource_plain = true"


def _activity_lines(activity: str, change: str, wire_name: str, readers: str) -> Iterator[str]:
    """What a row with this activity becomes, where it became this change before."""
    yield from ("", "[[activity]]")
    yield f"name = {_text(activity)}"
    when = {f"{OWN_PREFIX}activity": change}
    if readers:
        when[f"{OWN_PREFIX}readers"] = readers
    yield f"when = {{ {', '.join(f'{_text(name)} = {_text(text)}' for name, text in when.items())} }}"
    action = ACTION_OF_EVENT.get(wire_name)
    if action is None:
        return
    fields = [f"action = {_text(action)}"]
    fields += [f"{field} = {_column(field)}" for field in _FIELDS.get(action, ())]
    if readers:
        fields.append(f"readers = [{', '.join(map(_text, msgspec.json.decode(readers, type=list[str])))}]")
    yield f"attempts = [{{ {', '.join(fields)} }}]"


def _column(field: str, *, of_trace: bool = False) -> str:
    return f"{{ attribute = {_text((OF_TRACE if of_trace else '') + OWN_PREFIX + field)} }}"


def _comments(notes: Iterable[str]) -> Iterator[str]:
    return (f"# {note[:1].upper()}{note[1:]}." for note in notes)


def _rules(case: str, reference: str) -> Iterator[tuple[str, str, str]]:
    """How a reference may follow from a source's case: what is stripped, and what is put before and after."""
    found = 0
    for length in range(len(case)):
        strip, own = case[:length], case[length:]
        place = reference.find(own)
        while place >= 0 and found < _MOST_RULES:
            rule = (strip, reference[:place], reference[place + len(own) :])
            if not set("{}") & set(rule[1] + rule[2]):
                found += 1
                yield rule
            place = reference.find(own, place + 1)


def _follows(rule: tuple[str, str, str], case: str, reference: str) -> bool:
    strip, before, after = rule
    own = case.removeprefix(strip)
    # An import refuses a case in whose reference a space would vanish within.
    is_refused = (before and own[:1].isspace()) or (after and own[-1:].isspace())
    return bool(own) and case.startswith(strip) and reference == before + own + after and not is_refused

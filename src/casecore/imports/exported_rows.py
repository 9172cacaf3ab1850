"""Rows of an XES file that casecore exported: what was written so that XML can hold it, as it was before.

Names and texts are read as `casecore.files.xml_text` says, a time in `Z` as one without an offset, and the
row's place in its case from `casecore:place`. The columns that the export added are read by the mapping, and
are no attributes of the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from casecore.files.xml_text import plain
from casecore.imports.source_file import SourceRow

ACTIVITY, RESOURCE, TIME = "concept:name", "org:resource", "time:timestamp"
OWN_PREFIX = "casecore:"
OF_TRACE = "case:"
"""Before the name of what a trace says, where it is read in each of its rows."""
PLACE = f"{OWN_PREFIX}place"

_OWN = frozenset({ACTIVITY, RESOURCE, TIME})


def is_own(key: str) -> bool:
    """Whether an attribute of an exported event has this key from the export, and not from the row."""
    return key in _OWN or key.removeprefix(OF_TRACE).startswith(OWN_PREFIX)


def as_they_were(rows: Iterable[SourceRow]) -> Iterator[SourceRow]:
    """The rows of an exported file, as they were when they were imported first."""
    return (_as_it_was(row) for row in rows)


def _as_it_was(row: SourceRow) -> SourceRow:
    own: dict[str, str] = {}
    kept: dict[str, str] = {}
    for key, text in row.attributes.items():
        if is_own(key):
            own[key] = plain(text)
        else:
            kept[plain(key)] = plain(text)
    if own.get(TIME, "").endswith("Z"):
        own[TIME] = own[TIME][:-1]
    place = own.get(PLACE, "")
    return row._replace(
        case=plain(row.case) if row.case is not None else None,
        place=int(place) if row.place and place.isascii() and place.isdigit() else row.place,
        # A column that the export left out is not there, also where the row has an attribute of its name.
        attributes={**{key: text for key, text in kept.items() if not is_own(key)}, **own},
        kept=kept,
        types={plain(key): kind for key, kind in (row.types or {}).items() if not is_own(key)} or None,
    )

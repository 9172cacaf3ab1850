"""Cases folded again from the table of their events: what they were at any instant, as known by any other.

Each function takes a table, or batches, in which a case's events are together, in the order of their
versions, as the buckets of an export have them: the same function for a pool of processes and for an engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from casecore.analysis.tables.as_of import case_at
from casecore.analysis.tables.bucket import GrowingTable
from casecore.analysis.tables.columns import INSTANT
from casecore.clocks.instants import micros
from casecore.contract.cases import CaseEvent
from casecore.contract.service_levels import Policy
from casecore.contract.types import EVENT_TYPES
from casecore.evaluation.case_events import CaseEvents, Happened
from casecore.evaluation.whatif import Result, judge_cases

NEEDED = ("case", "version", "type", "occurred_at", "recorded_at", "data")
"""The columns of the events that a fold reads."""

_WHOLE_FACT = (
    b'{"occurred_at":"1970-01-01T00:00:00Z","actor":{"person":"","organisation":"","role":"system"},'
    b'"command_id":"00000000-0000-0000-0000-000000000000",'
    b'"correlation_id":"00000000-0000-0000-0000-000000000000","data":%b}'
)


class CasesAt(NamedTuple):
    """The tables of cases at an instant."""

    cases: pa.Table
    clocks: pa.Table
    holders: pa.Table


def cases_in(events: pa.Table | pa.RecordBatch, recorded_by: datetime | None = None) -> Iterator[CaseEvents]:
    """The cases of a table of events, as far as they were known by an instant; None: as known now."""
    if recorded_by is not None:
        known = pc.less_equal(events["recorded_at"], pa.scalar(recorded_by, INSTANT))
        events = events.filter(known)
    columns = (
        events["case"].to_pylist(),
        events["version"].to_pylist(),
        events["type"].to_pylist(),
        events["occurred_at"].cast(pa.int64()).to_pylist(),
        events["recorded_at"].cast(pa.int64()).to_pylist(),
        events["data"].to_pylist(),
    )
    for reference, rows in groupby(zip(*columns, strict=True), key=itemgetter(0)):
        yield CaseEvents(
            reference,
            tuple(
                Happened(at, version, _data(kind, data), recorded_at)
                for _, version, kind, at, recorded_at, data in rows
            ),
        )


def cases_at(events: pa.Table, at: datetime, recorded_by: datetime | None = None) -> CasesAt:
    """The cases of a table of events at an instant, as they were known by another."""
    cases, clocks, holders = (GrowingTable(name) for name in CasesAt._fields)
    for case in cases_in(events, recorded_by):
        found = case_at(case, micros(at))
        if found is not None:
            cases.add([found.case])
            clocks.add(found.clocks)
            holders.add(found.holders)
    return CasesAt(cases.finished(), clocks.finished(), holders.finished())


def judged(events: pa.Table, policies: Sequence[Policy], at: datetime, limit: int) -> Result:
    """What the clocks of a table's cases would be under other policies; at most `limit` changes are kept."""
    return judge_cases(cases_in(events), policies, micros(at), limit)


def batches_by_case(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Tables of whole cases, from batches in which a case may go on from one to the next."""
    rest: pa.Table | None = None
    for batch in batches:
        table = pa.Table.from_batches([batch])
        if rest is not None:
            table = pa.concat_tables([rest, table])
        if len(table) == 0:
            continue
        last = table["case"][-1]
        is_last = pc.equal(table["case"], last)
        rest = table.filter(is_last)
        whole = table.filter(pc.invert(is_last))
        if len(whole):
            yield whole
    if rest is not None and len(rest):
        yield rest


@cache
def _decoder(wire_name: str) -> Any:
    """Reads the data of today's version of a type; None for an earlier one."""
    structs = {kind.wire_name: kind.struct for kind in EVENT_TYPES.all}
    return msgspec.json.Decoder(structs[wire_name]) if wire_name in structs else None


def _data(wire_name: str, data: str) -> CaseEvent:
    """An event's data; raises UnknownType and NewerEvent for what this program does not know."""
    decoder = _decoder(wire_name)
    if decoder is not None:
        found = decoder.decode(data)
    else:
        found = EVENT_TYPES.decode(wire_name, _WHOLE_FACT % data.encode()).data
    assert isinstance(found, CaseEvent)
    return found

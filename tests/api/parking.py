"""Records in quarantine as a runner parks them, with all that they hold."""

from __future__ import annotations

from contextlib import closing

import msgspec

from casecore.contract.streams import case_stream_id
from casecore.contract.wire import StoredEvent, to_record
from casecore.postgres.connection import connect
from casecore.postgres.limits import STORE
from casecore.store.log import LogReader

_PARK = """insert into {view}.quarantine
  (topic, partition, record_offset, key, reason, detail, record_key, record_value, record_headers)
values ('cases', 0, %s, %s, %s, %s, %s, %s, %s)"""


def parked_event(
    database: str,
    case: str,
    version: int,
    *,
    view: str = "workload",
    body: bytes | None = None,
    reason: str = "not_applicable",
) -> str:
    """Park a case's event of the store, or the same with another body; returns its key."""
    with closing(LogReader(database)) as log:
        event = log.event(case_stream_id(case), version)
    assert isinstance(event, StoredEvent)
    key, value, headers = to_record(event)
    row = (
        1_000 + version,
        key,
        reason,
        "a fault that has been fixed",
        key,
        value if body is None else body,
        msgspec.msgpack.encode(headers),
    )
    with connect(database, STORE) as connection:
        connection.execute(_PARK.format(view=view).encode(), row)
    return str(case_stream_id(case))

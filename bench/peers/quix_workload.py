"""The workload view written with quixstreams; run in the peers' environment, prints what it measured as JSON.

A fold with state for each key, into a sink that upserts the rows at each checkpoint. At least once: after a
failure rows are written again. Its state stays on this disk (no changelog topic), which spares it a record
for each event.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from quixstreams import Application, State
from quixstreams.kafka.configuration import ConnectionConfig
from quixstreams.sinks.base import BatchingSink, SinkBatch

from bench.peers.workload_rows import decode_state, encode_state, folded, last_of_each, upserts
from casecore.contract.wire import from_record
from projections.kit.stored_table import Row

_EVENTS_AT_ONCE = 10_000
"""Between two checkpoints, when rows are written and offsets committed; they are at most 5 s apart."""


class RowSink(BatchingSink):  # type: ignore[misc]
    """Upserts a checkpoint's rows, a partition in a transaction, the last of each key."""

    def __init__(self, database: str, schema: str) -> None:
        super().__init__()
        self._connection = psycopg.connect(database)
        self._connection.execute("set synchronous_commit = off")
        self._connection.commit()
        self._upserts = upserts(schema)
        self.written = 0
        self.ended_at = 0.0

    def write(self, batch: SinkBatch) -> None:
        """Called by the library when it commits a checkpoint."""
        made = (row for item in batch for row in item.value)
        with self._connection.cursor() as cursor:
            for kind, rows in last_of_each(made).items():
                cursor.executemany(self._upserts[kind], rows)
        self._connection.commit()
        self.written += batch.size
        self.ended_at = time.monotonic()


class Fold:
    """A case's rows after each of its records."""

    def __init__(self) -> None:
        self.started_at = 0.0

    def __call__(self, value: bytes, key: bytes, _: int, headers: Any, state: State) -> list[Row]:
        """The rows that a record leads to; the case is kept in the library's state."""
        self.started_at = self.started_at or time.monotonic()
        stored = state.get_bytes("case")
        after, rows = folded(decode_state(stored) if stored else None, from_record(key, value, headers))
        state.set_bytes("case", encode_state(after))
        return rows


def _properties(file: str) -> dict[str, str]:
    """The options of the bench's own Kafka, which have librdkafka's names."""
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def main() -> None:
    options, topic_name, database, schema, events = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        application = Application(
            broker_address=ConnectionConfig.from_librdkafka_dict(_properties(options)),
            consumer_group=schema,
            auto_offset_reset="earliest",
            commit_every=_EVENTS_AT_ONCE,
            use_changelog_topics=False,
            auto_create_topics=False,
            state_dir=folder,
            loglevel="WARNING",
        )
        sink, fold = RowSink(database, schema), Fold()
        topic = application.topic(topic_name, value_deserializer="bytes", key_deserializer="bytes")
        application.dataframe(topic).apply(fold, stateful=True, metadata=True).sink(sink)
        application.run(count=int(events), timeout=30, collect=False)
    print(json.dumps({"count": sink.written, "seconds": sink.ended_at - fold.started_at}))


if __name__ == "__main__":
    main()

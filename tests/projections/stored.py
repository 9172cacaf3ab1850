"""A view in a real database, folded from the store without a Kafka between them."""

from __future__ import annotations

from collections.abc import Sequence

from casecore.contract.wire import StoredEvent
from casecore.kafka.partitions import Partition
from casecore.kafka.records import KafkaRecord
from casecore.postgres.connection import connect
from casecore.postgres.limits import RUNNER
from casecore.store.log import LogReader
from projections.kit.fold.fold import Fold
from projections.kit.fold.records import parse_record
from projections.kit.projection import AnyProjection
from projections.kit.tables import schema
from projections.kit.tables.storage import Storage
from tests.projections.histories import sent


def fold_store(database: str, view: AnyProjection, besides: Sequence[StoredEvent] = ()) -> int:
    """Make the view, and fold the whole log and these events into it; returns how many keys are parked."""
    with LogReader(database) as log:
        events = [*log.read(0, 100_000), *besides]
    with connect(database, RUNNER) as connection:
        schema.ensure(connection, view)
        storage = Storage(connection, view, view.name)
        storage.claim({"cases": "an id"}, [Partition("cases", 0)])
        storage.commit_batch(Fold(view), [parse_record(KafkaRecord(*each)) for each in sent(events)])
        return storage.quarantined()[0]

"""The runner without I/O: from records and what is held of their keys to states, rows and parked records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from casecore.contract.types import EVENT_TYPES, EventTypes, NewerVersion, UnknownType, split_wire_name
from casecore.contract.wire import StoredEvent, decode_event
from casecore.kafka.partitions import Partition
from projections.kit.fold.outcome import NOTHING_HELD, Held, Outcome, Parked, skipped
from projections.kit.fold.records import DETAIL_LENGTH, Place, Reading
from projections.kit.fold.verdicts import NO_VERDICTS, Park, Reason, Skip, Verdict
from projections.kit.projection import AnyProjection, Row, Shown


class Fold:
    """The fold of one projection over batches of records."""

    def __init__(self, projection: AnyProjection, types: EventTypes = EVENT_TYPES) -> None:
        self._projection = projection
        self._types = types
        # Bounded by the event types there are: a name that is not read is not remembered.
        self._read_names: set[str] = set()

    def fold(
        self,
        readings: Sequence[Reading],
        held: Mapping[UUID, Held],
        verdicts: Mapping[Place, Verdict] = NO_VERDICTS,
    ) -> Outcome:
        """Fold records, each partition's in order. `held` holds what is known of their keys.

        A repeat is ignored, a type that is not read only moves its key's version on, and a record that
        cannot be applied parks its key: it and all that follow it there, and nothing else.
        """
        outcome = self._apply_records(readings, held, verdicts, frozenset())
        failed = self._derive_rows(outcome)
        if not failed:
            return outcome
        # Which of its records each of these streams cannot show is found by asking after every one.
        outcome = self._apply_records(readings, held, verdicts, failed)
        if self._derive_rows(outcome):
            raise RuntimeError(f"{self._projection.name} shows a state at one time, and not at another")
        return outcome

    def _apply_records(
        self,
        readings: Sequence[Reading],
        held: Mapping[UUID, Held],
        verdicts: Mapping[Place, Verdict],
        watched: frozenset[UUID],
    ) -> Outcome:
        """Fold records; those of `watched` streams are applied only if what they lead to can be shown."""
        outcome = Outcome()
        for reading in readings:
            record = reading.record
            outcome.offsets[Partition(record.topic, record.partition)] = record.offset + 1
            verdict = verdicts.get(Place(record.topic, record.partition, record.offset)) if verdicts else None
            if reading.stream_id is None:
                self._park_keyless(outcome, reading, verdict)
                continue
            before = outcome.states.get(reading.stream_id) or held.get(reading.stream_id, NOTHING_HELD)
            if before.parked:
                outcome.parked.append(
                    Parked(record, _key(reading), Reason.BEHIND, "an earlier record is parked")
                )
                continue
            watch = reading.stream_id in watched
            parked = self._apply_record(outcome, reading, reading.stream_id, before, verdict, watch)
            if parked is not None:
                outcome.parked.append(Parked(record, _key(reading), *parked))
                outcome.states[reading.stream_id] = before._replace(parked=True)
        return outcome

    def _park_keyless(self, outcome: Outcome, reading: Reading, verdict: Verdict | None) -> None:
        if isinstance(verdict, Skip):
            outcome.left_out += 1
        else:
            outcome.parked.append(Parked(reading.record, reading.key, Reason.MALFORMED, reading.wrong))

    def _derive_rows(self, outcome: Outcome) -> frozenset[UUID]:
        """Add what the streams that something was applied to show; returns those for which that fails."""
        shows = self._projection.shows
        failed: set[UUID] = set()
        if shows is None:
            return frozenset()
        for stream_id, version in outcome.applied_to.items():
            try:
                rows = tuple(shows(stream_id, version, outcome.states[stream_id].state))
            except MemoryError:  # the machine's fault, not the record's
                raise
            except Exception:
                failed.add(stream_id)
                continue
            outcome.shown[stream_id] = self._keyed(outcome, rows)
        return frozenset(failed)

    def _keyed(self, outcome: Outcome, rows: Iterable[Row]) -> Shown:
        """Rows that are a stream's, by their keys; the others are added to the outcome."""
        found: Shown = {}
        for row in rows:
            table = self._projection.table_of[type(row)]
            if table.of_stream:
                found[type(row), table.key_of(row)] = row
            else:
                self._add_rows(outcome, (row,))
        return found

    def _apply_record(
        self,
        outcome: Outcome,
        reading: Reading,
        stream_id: UUID,
        before: Held,
        verdict: Verdict | None,
        watch: bool,
    ) -> Park | None:
        if verdict is not None:
            if isinstance(verdict, Park):
                return verdict
            outcome.states[stream_id] = skipped(before)
            outcome.left_out += 1
            return None
        stored = reading.event
        if stored is None:
            return Park(Reason.MALFORMED, reading.wrong)
        if stored.version <= before.version:
            outcome.repeated += 1
            return None
        if stored.version != before.version + 1 and not before.any_next:
            return Park(
                Reason.GAP, f"its version is {stored.version}, the last one folded is {before.version}"
            )
        if not self._reads(stored.type):
            outcome.states[stream_id] = Held(stored.version, before.state)
            outcome.passed += 1
            return None
        return self._apply_event(outcome, stored, before, watch)

    def _apply_event(self, outcome: Outcome, stored: StoredEvent, before: Held, watch: bool) -> Park | None:
        try:
            event = decode_event(stored, self._types)
        except UnknownType:
            outcome.states[stored.stream_id] = Held(stored.version, before.state)
            outcome.passed += 1
            return None
        except NewerVersion as newer:
            return Park(Reason.NEWER_VERSION, _told(newer))
        except MemoryError:  # the machine's fault, not the record's
            raise
        except Exception as wrong:
            return Park(Reason.UNREADABLE_BODY, _told(wrong))
        try:
            after = self._projection.evolve(before.state, event)
            rows = tuple(self._projection.rows(before.state, event, after))
            if watch and self._projection.shows is not None:
                tuple(self._projection.shows(stored.stream_id, stored.version, after))
        except MemoryError:
            raise
        except Exception as wrong:
            return Park(Reason.NOT_APPLICABLE, _told(wrong))
        outcome.states[stored.stream_id] = Held(stored.version, after)
        outcome.applied_to[stored.stream_id] = stored.version
        outcome.applied += 1
        self._add_rows(outcome, rows)
        return None

    def _add_rows(self, outcome: Outcome, rows: Iterable[Row]) -> None:
        for row in rows:
            table = self._projection.table_of[type(row)]
            if table.append_only:
                outcome.appended.setdefault(table, []).append(row)
            else:
                outcome.replaced.setdefault(table, {})[table.key_of(row)] = row

    def _reads(self, wire_name: str) -> bool:
        if wire_name in self._read_names:
            return True
        try:
            name, _ = split_wire_name(wire_name)
        except UnknownType:
            return False
        if name not in self._projection.reads:
            return False
        if self._is_known(wire_name):
            self._read_names.add(wire_name)
        return True

    def _is_known(self, wire_name: str) -> bool:
        return any(known.wire_name == wire_name for known in self._types.all)


def _key(reading: Reading) -> bytes:
    return str(reading.stream_id).encode()


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:DETAIL_LENGTH]

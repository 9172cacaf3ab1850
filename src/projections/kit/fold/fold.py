"""The fold: from records and what is known of their keys to states, rows and parked records. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from casecore.contract.types import EVENT_TYPES, EventTypes, UnknownType, split_wire_name
from casecore.contract.wire import StoredEvent, decode_event
from casecore.contract.words import NewerEvent, NewerWord
from casecore.kafka.partitions import Partition
from projections.kit.fold.outcome import NEW_KEY, FoldOutcome, KeyState, Parked
from projections.kit.fold.records import DETAIL_LENGTH, ParsedRecord, RecordPlace
from projections.kit.fold.verdicts import NO_VERDICTS, Park, Reason, Skip, Verdict
from projections.kit.projection import AnyProjection, DerivedRows
from projections.kit.stored_table import Row

_BEHIND = Park(Reason.BEHIND, "an earlier record is parked")


class Fold:
    """The fold of one projection over batches of records."""

    def __init__(self, projection: AnyProjection, types: EventTypes = EVENT_TYPES) -> None:
        self._projection = projection
        self._tables = projection.table_of
        self._types = types
        # Bounded by the event types there are: a name that is not read is not remembered.
        self._read_names: set[str] = set()

    def fold(
        self,
        records: Sequence[ParsedRecord],
        key_states: Mapping[UUID, KeyState],
        verdicts: Mapping[RecordPlace, Verdict] = NO_VERDICTS,
    ) -> FoldOutcome:
        """Fold records, each partition's in order. `key_states` holds what is known of their keys.

        A repeat is ignored, a type that is not read only moves its key's version on, and a record that
        cannot be applied parks its key: it and all that follow it there, and nothing else.
        """
        outcome = self._apply_records(records, key_states, verdicts, frozenset())
        failed = self._derive_rows(outcome)
        if not failed:
            return outcome
        # Deriving after each record finds the one after which these streams have no rows.
        outcome = self._apply_records(records, key_states, verdicts, failed)
        if self._derive_rows(outcome):
            raise RuntimeError(
                f"{self._projection.name} derives rows from a state at one time, and not at another"
            )
        return outcome

    def _apply_records(
        self,
        records: Sequence[ParsedRecord],
        key_states: Mapping[UUID, KeyState],
        verdicts: Mapping[RecordPlace, Verdict],
        watched: frozenset[UUID],
    ) -> FoldOutcome:
        """Apply records; one of a `watched` stream only if rows can be derived from what it leads to."""
        outcome = FoldOutcome()
        at = Partition("", 0)
        for parsed in records:
            record, stream_id = parsed.record, parsed.stream_id
            if record.partition != at.number or record.topic != at.topic:
                at = Partition(record.topic, record.partition)
            outcome.offsets[at] = record.offset + 1
            verdict = verdicts.get(RecordPlace.of(record)) if verdicts else None
            if stream_id is None:
                self._park_keyless(outcome, parsed, verdict)
                continue
            before = outcome.states.get(stream_id) or key_states.get(stream_id, NEW_KEY)
            if before.parked:
                park: Park | None = _BEHIND
            else:
                # Looked up only if there are any, since a UUID's hash takes a call of Python.
                is_watched = bool(watched) and stream_id in watched
                park = self._apply_record(outcome, parsed, stream_id, before, verdict, is_watched)
            if park is not None:
                outcome.parked.append(Parked(record, str(stream_id).encode(), *park))
                if not before.parked:
                    outcome.states[stream_id] = before._replace(parked=True)
        return outcome

    def _park_keyless(self, outcome: FoldOutcome, parsed: ParsedRecord, verdict: Verdict | None) -> None:
        if isinstance(verdict, Skip):
            outcome.left_out += 1
        else:
            outcome.parked.append(Parked(parsed.record, parsed.key, Reason.MALFORMED, parsed.fault))

    def _apply_record(
        self,
        outcome: FoldOutcome,
        parsed: ParsedRecord,
        stream_id: UUID,
        before: KeyState,
        verdict: Verdict | None,
        watched: bool,
    ) -> Park | None:
        """Apply a record of a stream that is not parked; returns why it cannot be."""
        if verdict is not None:
            if isinstance(verdict, Park):
                return verdict
            if before.newer:
                return _newer_state(before)
            outcome.states[stream_id] = before.after_skip()
            outcome.left_out += 1
            return None
        stored = parsed.event
        if stored is None:
            return Park(Reason.MALFORMED, parsed.fault)
        if stored.version <= before.version:
            outcome.repeated += 1
            return None
        if before.newer:
            return _newer_state(before)
        if stored.version != before.version + 1 and not before.any_next:
            return Park(
                Reason.GAP, f"its version is {stored.version}, the last one folded is {before.version}"
            )
        if stored.type not in self._read_names and not self._reads(stored.type):
            self._pass_over(outcome, stored, before)
            return None
        return self._apply_event(outcome, stored, before, watched)

    def _pass_over(self, outcome: FoldOutcome, stored: StoredEvent, before: KeyState) -> None:
        outcome.states[stored.stream_id] = KeyState(stored.version, before.state)
        outcome.passed += 1

    def _apply_event(
        self, outcome: FoldOutcome, stored: StoredEvent, before: KeyState, watched: bool
    ) -> Park | None:
        projection = self._projection
        try:
            event = decode_event(stored, self._types)
        except UnknownType:
            self._pass_over(outcome, stored, before)
            return None
        except NewerEvent as newer:
            return Park(_reason_of(newer), _detail(newer))
        except MemoryError:  # the machine's fault, not the record's
            raise
        except Exception as wrong:
            return Park(Reason.UNREADABLE_BODY, _detail(wrong))
        try:
            after = projection.evolve(before.state, event)
            rows = tuple(projection.event_rows(before.state, event, after))
            if watched and projection.derived_rows is not None:
                tuple(projection.derived_rows(stored.stream_id, stored.version, after))
        except MemoryError:
            raise
        except NewerEvent as newer:  # in a part of the state that is read only when it is needed
            return Park(_reason_of(newer), _detail(newer))
        except Exception as wrong:
            return Park(Reason.NOT_APPLICABLE, _detail(wrong))
        outcome.states[stored.stream_id] = KeyState(stored.version, after)
        outcome.applied += 1
        if projection.derived_rows is not None:
            outcome.applied_to[stored.stream_id] = stored.version
        self._add_rows(outcome, rows)
        return None

    def _derive_rows(self, outcome: FoldOutcome) -> frozenset[UUID]:
        """Add the derived rows of each stream that something was applied to; returns those that failed."""
        derived_rows = self._projection.derived_rows
        failed: set[UUID] = set()
        if derived_rows is None:
            return frozenset()
        for stream_id, version in outcome.applied_to.items():
            try:
                rows = tuple(derived_rows(stream_id, version, outcome.states[stream_id].state))
            except MemoryError:  # the machine's fault, not the record's
                raise
            except Exception:
                failed.add(stream_id)
                continue
            outcome.derived[stream_id] = self._by_key(outcome, rows)
        return frozenset(failed)

    def _by_key(self, outcome: FoldOutcome, rows: Iterable[Row]) -> DerivedRows:
        """A stream's own rows, by class and key; those of other tables are added to the outcome."""
        found: DerivedRows = {}
        for row in rows:
            table = self._tables[type(row)]
            if table.of_stream:
                found[type(row), table.key_of(row)] = row
            else:
                self._add_rows(outcome, (row,))
        return found

    def _add_rows(self, outcome: FoldOutcome, rows: Iterable[Row]) -> None:
        for row in rows:
            table = self._tables[type(row)]
            if table.append_only:
                outcome.appended.setdefault(table, []).append(row)
            else:
                outcome.replaced.setdefault(table, {})[table.key_of(row)] = row

    def _reads(self, wire_name: str) -> bool:
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


def _reason_of(newer: NewerEvent) -> Reason:
    return Reason.NEWER_WORD if isinstance(newer, NewerWord) else Reason.NEWER_VERSION


def _newer_state(before: KeyState) -> Park:
    return Park(Reason.NEWER_WORD, f"a newer program keeps its state: {before.newer}"[:DETAIL_LENGTH])


def _detail(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:DETAIL_LENGTH]

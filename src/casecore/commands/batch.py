"""Deciding a batch of commands on what was loaded for it. Pure: without I/O and without a clock."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from casecore.commands.admission import Admitted, SequenceState
from casecore.commands.errors import SequenceBroken
from casecore.contract.envelope import EventData, Fact, Role
from casecore.contract.types import EVENT_TYPES
from casecore.decider.command import Command
from casecore.decider.decider import Context, Decision, Evolve
from casecore.decider.ids import check_ids, check_name
from casecore.decider.refusal import (
    CommandIdReused,
    NewerThanProgram,
    OccurredInTheFuture,
    Refusal,
    SystemRoleReserved,
    VersionDiffers,
)
from casecore.decider.stored_facts import StreamUnreadable, fact_of
from casecore.errors.kinds import Kind
from casecore.store.records import Loaded, NewEvent, Receipt


class Answer(NamedTuple):
    """The reply to an accepted command.

    `version` is the stream's version after the command. `events` is how many events it stored, 0 if it
    changed nothing; `types` are their wire names. `repeated`: the command was accepted before, and `types`
    is empty.
    """

    command_id: UUID
    stream_id: UUID
    version: int
    events: int
    types: tuple[str, ...] = ()
    repeated: bool = False


def answer_of(reply: Answer | Exception) -> Answer:
    """The answer; raises the refusal or failure that was replied instead."""
    if isinstance(reply, Exception):
        raise reply
    return reply


class StreamState(NamedTuple):
    """The state of a stream at a version; version 0 and no state before its first event."""

    state: Any
    version: int


UNREADABLE = (NewerThanProgram, StreamUnreadable)
"""What stands for the state of a stream that cannot be read: the commands that need it get this answer."""

NEW_STREAM = StreamState(None, 0)


class StreamCache:
    """States of the streams last used, so that only later events are loaded. Bounded: drops the oldest."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._streams: OrderedDict[UUID, StreamState] = OrderedDict()

    def get_all(self, stream_ids: Iterable[UUID]) -> dict[UUID, StreamState]:
        """The streams as last seen, or as new ones."""
        return {stream_id: self._streams.get(stream_id, NEW_STREAM) for stream_id in stream_ids}

    def get_seen(self, stream_ids: Iterable[UUID]) -> dict[UUID, StreamState] | None:
        """The streams as last seen; None if one of them is not remembered."""
        found = {}
        for stream_id in stream_ids:
            stream = self._streams.get(stream_id)
            if stream is None:
                return None
            found[stream_id] = stream
        return found

    def put_all(self, streams: dict[UUID, StreamState]) -> None:
        """Remember these streams; forget the oldest beyond the bound."""
        for stream_id, stream in streams.items():
            if isinstance(stream.state, UNREADABLE):
                continue
            self._streams[stream_id] = stream
            self._streams.move_to_end(stream_id)
        while len(self._streams) > self._size:
            self._streams.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        self._streams.clear()


@dataclass
class DecidedBatch:
    """A decided batch: what to append, and what to reply once that is durable."""

    events: list[NewEvent] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    answers: list[Answer | Exception] = field(default_factory=list)
    streams: dict[UUID, StreamState] = field(default_factory=dict)


def decide_batch(
    batch: Sequence[Admitted[Any]], loaded: Loaded, cached: dict[UUID, StreamState], vendor: str
) -> DecidedBatch:
    """Decide the commands in order, each on the state that those before it left. A refusal is an answer too.

    `cached` are the remembered streams, `loaded` what came since; `vendor` is the vendor's organisation.
    """
    decided = DecidedBatch(streams=_streams(batch, loaded, cached))
    receipts = dict(loaded.receipts)
    broken: set[SequenceState | None] = set()
    for admitted in batch:
        command = admitted.command
        receipt = receipts.get(command.command_id)
        answer: Answer | Exception
        if admitted.sequence in broken:
            answer = SequenceBroken()
        elif receipt is not None:
            answer = _repeated(admitted, receipt)
        else:
            try:
                answer = _decide(admitted, loaded, vendor, decided)
                receipts[command.command_id] = decided.receipts[-1]
            except Refusal as refusal:
                answer = refusal
            except Exception as error:  # a defect: the neighbours go on
                answer = error
                if admitted.sequence is not None:
                    broken.add(admitted.sequence)
        decided.answers.append(answer)
    return decided


def _streams(
    batch: Sequence[Admitted[Any]], loaded: Loaded, cached: dict[UUID, StreamState]
) -> dict[UUID, StreamState]:
    if not loaded.events:
        return dict(cached)
    evolve: dict[UUID, Evolve] = {}
    for admitted in batch:
        evolve.update(admitted.decider.related_streams(admitted.command))
    evolve.update((admitted.stream_id, admitted.decider.evolve) for admitted in batch)
    streams = dict(cached)
    for event in loaded.events:
        stream = streams.get(event.stream_id, NEW_STREAM)
        if isinstance(stream.state, UNREADABLE):
            continue
        try:
            state = evolve[event.stream_id](stream.state, fact_of(event))
        except UNREADABLE as unreadable:
            state = unreadable
        except Exception as error:  # only the commands on this stream fail
            state = StreamUnreadable(event.stream_id, event.version, str(error))
        streams[event.stream_id] = StreamState(state, event.version)
    return streams


def _repeated(admitted: Admitted[Any], receipt: Receipt) -> Answer | Exception:
    if receipt.content_hash != admitted.content_hash:
        return CommandIdReused(str(receipt.command_id))
    return Answer(receipt.command_id, receipt.stream_id, receipt.version, receipt.events, repeated=True)


def _decide(admitted: Admitted[Any], loaded: Loaded, vendor: str, decided: DecidedBatch) -> Answer:
    command: Command = admitted.command
    stream_id = admitted.stream_id
    stream = decided.streams.get(stream_id, NEW_STREAM)
    state, version = stream.state, stream.version
    if isinstance(state, UNREADABLE):
        raise state
    if admitted.is_from_outside and command.actor.role is Role.SYSTEM:
        raise SystemRoleReserved(command.actor.organisation)
    if not admitted.is_ascii:
        check_ids(command, is_new=version == 0)
    if version == 0:
        check_name(command)
    occurred_at = loaded.now if command.occurred_at is None else command.occurred_at
    if occurred_at > loaded.now:
        raise OccurredInTheFuture(occurred_at.isoformat(), loaded.now.isoformat())
    related_streams = _related_streams(admitted, decided)
    context = Context(loaded.now, occurred_at, vendor, related_streams, registered_only=loaded.has_parties)
    decision = _decided_at(admitted, stream, context)
    new = []
    for place, fact in enumerate(_facts(command, decision, context), start=1):
        state = admitted.decider.evolve(state, fact)
        type_name = EVENT_TYPES.name_of(fact.data)
        new.append(NewEvent(stream_id, version + place, type_name, EVENT_TYPES.encode(fact)))
    version += len(new)
    decided.streams[stream_id] = StreamState(state, version)
    decided.events += new
    decided.receipts.append(Receipt(command.command_id, admitted.content_hash, stream_id, version, len(new)))
    return Answer(command.command_id, stream_id, version, len(new), tuple(event.type for event in new))


_BEFORE_ANY_VERSION = (Kind.NOT_FOUND, Kind.FORBIDDEN, Kind.CONFLICT)


def _decided_at(admitted: Admitted[Any], stream: StreamState, context: Context) -> Decision:
    """The decision on a command; raises VersionDiffers unless it is one at a version that the caller asked
    for.

    Whoever may not know of the stream, or chose a reference that is taken, is refused for that reason: how
    far the stream is would be news to them.
    """
    asked = admitted.precondition
    holds = asked is None or asked.holds_at(stream.version)
    differs = None if asked is None or holds else VersionDiffers(asked.asked, stream.version)
    try:
        decision = admitted.decider.decide(stream.state, admitted.command, context)
    except Refusal as refusal:
        if differs is None or refusal.kind in _BEFORE_ANY_VERSION:
            raise
        raise differs from None
    if differs is not None:
        raise differs
    return decision


class _RelatedStates(Mapping[UUID, Any]):
    """The states of related streams; one that cannot be read is raised when a decision asks for it.

    Many decisions on a case do not: a message needs no policy.
    """

    def __init__(self, states: dict[UUID, Any]) -> None:
        self._states = states

    def __getitem__(self, stream_id: UUID) -> Any:
        state = self._states[stream_id]
        if isinstance(state, UNREADABLE):
            raise state
        return state

    def __iter__(self) -> Iterator[UUID]:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)


def _related_streams(admitted: Admitted[Any], decided: DecidedBatch) -> Mapping[UUID, Any]:
    wanted = admitted.decider.related_streams(admitted.command)
    return _RelatedStates(
        {stream_id: decided.streams.get(stream_id, NEW_STREAM).state for stream_id in wanted}
    )


def _facts(command: Command, decision: Decision, context: Context) -> list[Fact[EventData]]:
    last = len(decision.events) - 1
    return [
        Fact(
            occurred_at=context.occurred_at,
            actor=command.actor.as_actor(),
            on_behalf_of=command.on_behalf_of.as_actor() if command.on_behalf_of else None,
            command_id=command.command_id,
            correlation_id=command.correlation_id or command.command_id,
            causation_id=command.causation_id,
            implied=place < decision.implied,
            source=decision.source if place == last else None,
            data=data,
        )
        for place, data in enumerate(decision.events)
    ]

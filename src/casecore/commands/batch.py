"""Deciding a batch of commands on what was loaded for it. Pure: no I/O, no clock."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from casecore.commands.admission import Admitted, SequenceState
from casecore.commands.errors import SequenceBroken, StreamUnreadable
from casecore.contract.envelope import EventData, Fact
from casecore.contract.types import EVENT_TYPES
from casecore.decider.command import Command
from casecore.decider.decider import Context, Decision
from casecore.decider.refusal import CommandIdReused, OccurredInTheFuture, Refusal
from casecore.store.recorder import Loaded, NewEvent, Receipt


class Answer(NamedTuple):
    """What the giver of an accepted command hears.

    `version` is the stream's version after the command, `events` how many events it stored (0 where it
    changed nothing), `types` what they are. `repeated`: it had been accepted before; `types` is empty then.
    """

    command_id: UUID
    stream_id: UUID
    version: int
    events: int
    types: tuple[str, ...] = ()
    repeated: bool = False


class Stream(NamedTuple):
    """The state of a stream at a version; version 0 and no state before its first event."""

    state: Any
    version: int


NEW_STREAM = Stream(None, 0)


class StreamCache:
    """States of the streams last used, so that only what came since is loaded. Bounded: the oldest go."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._streams: OrderedDict[UUID, Stream] = OrderedDict()

    def get_all(self, stream_ids: Iterable[UUID]) -> dict[UUID, Stream]:
        """The streams as they were last seen, or as new ones."""
        return {stream_id: self._streams.get(stream_id, NEW_STREAM) for stream_id in stream_ids}

    def get_seen(self, stream_ids: Iterable[UUID]) -> dict[UUID, Stream] | None:
        """The streams as they were last seen; None if one of them was not."""
        found = {}
        for stream_id in stream_ids:
            stream = self._streams.get(stream_id)
            if stream is None:
                return None
            found[stream_id] = stream
        return found

    def put_all(self, streams: dict[UUID, Stream]) -> None:
        """Remember these; forget the oldest beyond the bound."""
        for stream_id, stream in streams.items():
            if isinstance(stream.state, StreamUnreadable):
                continue
            self._streams[stream_id] = stream
            self._streams.move_to_end(stream_id)
        while len(self._streams) > self._size:
            self._streams.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        self._streams.clear()


@dataclass
class Outcome:
    """What a decided batch comes to: what to append, and what to answer once that is durable."""

    events: list[NewEvent] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    answers: list[Answer | Exception] = field(default_factory=list)
    streams: dict[UUID, Stream] = field(default_factory=dict)


def decide_batch(
    batch: Sequence[Admitted[Any]], loaded: Loaded, cached: dict[UUID, Stream], vendor: str
) -> Outcome:
    """Decide the commands in order, each on what those before it did. A refusal is an answer too."""
    outcome = Outcome(streams=_streams(batch, loaded, cached))
    receipts = dict(loaded.receipts)
    broken: set[SequenceState | None] = set()
    for admitted in batch:
        command = admitted.command
        receipt = receipts.get(command.command_id)
        answer: Answer | Exception
        if admitted.sequence in broken:
            answer = SequenceBroken()
        elif receipt is not None:
            answer = _again(admitted, receipt)
        else:
            try:
                answer = _decide(admitted, loaded, vendor, outcome)
                receipts[command.command_id] = outcome.receipts[-1]
            except Refusal as refusal:
                answer = refusal
            except Exception as error:  # a defect, or a stream of another program: not its neighbours' fault
                answer = error
                if admitted.sequence is not None:
                    broken.add(admitted.sequence)
        outcome.answers.append(answer)
    return outcome


def _streams(
    batch: Sequence[Admitted[Any]], loaded: Loaded, cached: dict[UUID, Stream]
) -> dict[UUID, Stream]:
    if not loaded.events:
        return dict(cached)
    evolve = {stream_id: fold for a in batch for stream_id, fold in a.decider.beside(a.command).items()}
    evolve.update((a.stream_id, a.decider.evolve) for a in batch)
    streams = dict(cached)
    for event in loaded.events:
        stream = streams.get(event.stream_id, NEW_STREAM)
        if isinstance(stream.state, StreamUnreadable):
            continue
        try:
            state = evolve[event.stream_id](stream.state, EVENT_TYPES.decode(event.type, event.body))
        except Exception as error:  # only the commands on this stream are to hear of it
            place = f"event {event.version} of stream {event.stream_id}"
            state = StreamUnreadable(f"{place} cannot be read: {error}")
        streams[event.stream_id] = Stream(state, event.version)
    return streams


def _again(admitted: Admitted[Any], receipt: Receipt) -> Answer | Exception:
    if receipt.content_hash != admitted.content_hash:
        return CommandIdReused(str(receipt.command_id))
    return Answer(receipt.command_id, receipt.stream_id, receipt.version, receipt.events, repeated=True)


def _decide(admitted: Admitted[Any], loaded: Loaded, vendor: str, outcome: Outcome) -> Answer:
    command: Command = admitted.command
    stream_id = admitted.stream_id
    stream = outcome.streams.get(stream_id, NEW_STREAM)
    state, version = stream.state, stream.version
    if isinstance(state, StreamUnreadable):
        raise state
    occurred_at = loaded.now if command.occurred_at is None else command.occurred_at
    if occurred_at > loaded.now:
        raise OccurredInTheFuture(occurred_at.isoformat(), loaded.now.isoformat())
    context = Context(loaded.now, occurred_at, vendor, _beside(admitted, outcome))
    decision = admitted.decider.decide(state, command, context)
    new = []
    for place, fact in enumerate(_facts(command, decision, context), start=1):
        state = admitted.decider.evolve(state, fact)
        type_name = EVENT_TYPES.name_of(fact.data)
        new.append(NewEvent(stream_id, version + place, type_name, EVENT_TYPES.encode(fact)))
    version += len(new)
    outcome.streams[stream_id] = Stream(state, version)
    outcome.events += new
    outcome.receipts.append(Receipt(command.command_id, admitted.content_hash, stream_id, version, len(new)))
    return Answer(command.command_id, stream_id, version, len(new), tuple(event.type for event in new))


def _beside(admitted: Admitted[Any], outcome: Outcome) -> dict[UUID, Any]:
    wanted = admitted.decider.beside(admitted.command)
    states = {stream_id: outcome.streams.get(stream_id, NEW_STREAM).state for stream_id in wanted}
    for state in states.values():
        if isinstance(state, StreamUnreadable):
            raise state
    return states


def _facts(command: Command, decision: Decision, context: Context) -> list[Fact[EventData]]:
    last = len(decision.events) - 1
    return [
        Fact(
            occurred_at=context.occurred_at,
            actor=command.actor.as_actor(),
            command_id=command.command_id,
            correlation_id=command.correlation_id or command.command_id,
            causation_id=command.causation_id,
            implied=place < decision.implied,
            source=decision.source if place == last else None,
            data=data,
        )
        for place, data in enumerate(decision.events)
    ]

"""The laws, checked on the simulated servers by code that is independent of the program's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from casecore.commands.admission import Admitted
from casecore.commands.batch import Answer
from casecore.commands.protocol import Reply
from casecore.contract.envelope import EventData, Fact
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from casecore.decider.decider import Context
from casecore.relay.place import partition_of
from tests.simulation.callers import Ledger
from tests.simulation.drivers.bus import VENDOR
from tests.simulation.places import PREFIX
from tests.simulation.servers.kafka import Kafka
from tests.simulation.servers.store import Store
from tests.simulation.servers.views import Views
from tests.simulation.tally import UNREAD


class Broken(NamedTuple):
    """A broken law, and the evidence."""

    law: str
    what: str


STORED_ONCE = "1: an acknowledged command is stored exactly once"
PUBLISHED_ONCE = "2: the topics hold every stored event exactly once, in order"
VIEW_IS_FOLD = "3: a view equals the fold of its topics up to its offsets"
REFUSED_NOTHING = "5: a refusal changes nothing"
RECORDED_FORWARD = "7: recorded_at never runs backwards"
CATCHES_UP = "after the faults everything is caught up, with nobody's help"
NOT_REFUSED = "nothing is refused that is as it should be"
LAWS = (
    STORED_ONCE,
    PUBLISHED_ONCE,
    VIEW_IS_FOLD,
    REFUSED_NOTHING,
    RECORDED_FORWARD,
    CATCHES_UP,
    NOT_REFUSED,
)


def of_answer(store: Store, ledger: Ledger, admitted: Admitted[Any], reply: Reply) -> Iterator[Broken]:
    """Laws 1 and 5, when an answer reaches its caller."""
    command_id = admitted.command.command_id
    receipt = store.receipts.get(command_id)
    if not isinstance(reply, Answer):
        # A refusal answers one attempt: an earlier one, given up by its caller, may be decided differently
        # later.
        if receipt is not None and command_id not in ledger.left:
            yield Broken(REFUSED_NOTHING, f"{command_id} was refused ({reply!r}), though it is stored")
        return
    if receipt is None:
        yield Broken(STORED_ONCE, f"{command_id} was answered, and no receipt of it is stored")
    elif (receipt.stream_id, receipt.version, receipt.events) != reply[1:4]:
        yield Broken(STORED_ONCE, f"{command_id} was answered by {reply}, its receipt is {receipt}")
    if len(store.streams.get(reply.stream_id, ())) < reply.version:
        yield Broken(STORED_ONCE, f"{command_id} was answered by {reply}, and its events are not stored")


def of_log(store: Store, ledger: Ledger) -> Iterator[Broken]:
    """Laws 1 and 7: each command's events are stored once, as its decider decides on the stream before."""
    for before, after in zip(store.log, store.log[1:], strict=False):
        if after.recorded_at < before.recorded_at:
            what = f"position {after.position} is recorded before {before.position}"
            yield Broken(RECORDED_FORWARD, what)
    counted: dict[UUID, int] = {}
    for stream_id, events in store.streams.items():
        if [event.version for event in events] != list(range(1, len(events) + 1)):
            yield Broken(STORED_ONCE, f"the versions of {stream_id} are {[e.version for e in events]}")
        yield from _of_stream(stream_id, events, store, ledger, counted)
    for command_id, receipt in store.receipts.items():
        if counted.get(command_id, 0) != receipt.events:
            what = f"{command_id} has {counted.get(command_id, 0)} events, and a receipt for {receipt.events}"
            yield Broken(STORED_ONCE, what)
    for command_id, replies in ledger.replies.items():
        stored, answered = command_id in store.receipts, any(isinstance(reply, Answer) for reply in replies)
        if answered != stored and not (stored and command_id in ledger.left):
            yield Broken(STORED_ONCE, f"{command_id} was answered by {replies}; has a receipt: {stored}")


def _of_stream(
    stream_id: UUID, events: list[StoredEvent], store: Store, ledger: Ledger, counted: dict[UUID, int]
) -> Iterator[Broken]:
    facts = [EVENT_TYPES.decode(event.type, event.body) for event in events]
    state, place = None, 0
    while place < len(facts):
        command_id = facts[place].command_id
        of_it = [f for f in facts[place:] if f.command_id == command_id]
        if facts[place : place + len(of_it)] != of_it or command_id not in store.receipts:
            yield Broken(
                STORED_ONCE, f"the events of {command_id} in {stream_id} have no receipt, or are apart"
            )
        if facts[place].occurred_at > events[place].recorded_at:
            yield Broken(RECORDED_FORWARD, f"{command_id} in {stream_id} is recorded before it occurred")
        counted[command_id] = counted.get(command_id, 0) + len(of_it)
        wrong = _decided_otherwise(ledger.commands[command_id], state, of_it, events[place])
        if wrong:
            yield Broken(STORED_ONCE, f"version {place + 1} of {stream_id}: {wrong}")
        for fact in of_it:
            state = ledger.commands[command_id].decider.evolve(state, fact)
        place += len(of_it)


def _decided_otherwise(
    admitted: Admitted[Any], state: Any, facts: list[Fact[EventData]], first: StoredEvent
) -> str:
    at = facts[0].occurred_at
    beside = dict.fromkeys(admitted.decider.related_streams(admitted.command))
    try:
        decision = admitted.decider.decide(
            state, admitted.command, Context(first.recorded_at, at, VENDOR, beside)
        )
    except Exception as refusal:  # any error: the command was stored
        return f"on the stream before it, {admitted.command} is refused: {refusal}"
    if list(decision.events) != [fact.data for fact in facts]:
        return f"{admitted.command} leads to {decision.events} there, and {facts} is stored"
    return ""


def of_topics(store: Store, kafka: Kafka) -> Iterator[Broken]:
    """Law 2: the committed records of a partition are a prefix of the log's events for it."""
    wanted = log_by_partition(store)
    for at in kafka.partitions:
        seen = [entry.event for entry in kafka.log(at).published()]
        part = wanted.get(at, [])
        if seen != part[: len(seen)]:
            positions = [event.position if event else None for event in seen]
            yield Broken(PUBLISHED_ONCE, f"{at} shows {positions}, the log has {[e.position for e in part]}")


def log_by_partition(store: Store) -> dict[Any, list[StoredEvent]]:
    """The log's events for each partition."""
    parts: dict[Any, list[StoredEvent]] = {}
    for event in store.log:
        parts.setdefault(partition_of(PREFIX, event), []).append(event)
    return parts


def of_view(views: Views, kafka: Kafka) -> Iterator[Broken]:
    """Law 3: states, rows and quarantine are the fold of the topics up to the view's offsets."""
    states: dict[UUID, tuple[int, int, str]] = {}
    appended: dict[tuple[str, object], tuple[UUID, int, str]] = {}
    parked: dict[tuple[str, int, int], str] = {}
    stopped: set[UUID] = set()
    for at, (_, offset, _) in sorted(views.offsets.items()):
        for entry in kafka.log(at).committed(end=offset):
            event, record = entry.event, entry.record
            assert record is not None
            if entry.foreign and event is None:
                parked[record[:3]] = "malformed"
                continue
            assert event is not None
            version, count, last = states.get(event.stream_id, (0, 0, ""))
            if event.stream_id in stopped or event.version != version + 1:
                reason = "behind" if event.stream_id in stopped else "gap"
                parked[record[:3]] = reason
                stopped.add(event.stream_id)
            elif event.type.startswith(UNREAD):
                states[event.stream_id] = (event.version, count, last)
            elif (event.stream_id, event.version) in views.refused:
                parked[record[:3]] = "refused_by_database"
                stopped.add(event.stream_id)
            else:
                states[event.stream_id] = (event.version, count + 1, event.type)
                key = (event.stream_id, event.version)
                appended["events", key] = (*key, event.type)
    found = {key: (v, s.events if s else 0, s.last if s else "") for key, (v, s, _) in views.states.items()}
    yield from _differences("states", states, found)
    yield from _differences("events", appended, views.appended)
    quarantine = {tuple(place): reason for place, (_, reason) in views.quarantine.items()}
    yield from _differences("quarantine", parked, quarantine)
    shown = {key for key, (_, count, _) in states.items() if count}
    rows = {key[1]: row for key, row in views.rows.items()}  # type: ignore[index]
    wanted = {key: states[key][1:] for key in shown}
    yield from _differences("streams", wanted, {key: row[2:] for key, row in rows.items()})


def _differences(what: str, wanted: dict[Any, Any], found: dict[Any, Any]) -> Iterator[Broken]:
    if wanted != found:
        keys = [key for key in {**wanted, **found} if wanted.get(key) != found.get(key)]
        first = [(str(key), wanted.get(key), found.get(key)) for key in keys[:3]]
        yield Broken(VIEW_IS_FOLD, f"{what} differ at {len(keys)} keys (key, wanted, found): {first}")


def lag(store: Store, kafka: Kafka, views: Views) -> str:
    """What is not caught up yet; empty if everything is."""
    wanted = log_by_partition(store)
    for at in kafka.partitions:
        log = kafka.log(at)
        committed, published = log.committed(), log.published()
        if len(published) != len(wanted.get(at, ())):
            return f"{at} shows {len(published)} events of {len(wanted.get(at, ()))}"
        if committed:
            last = committed[-1].record
            assert last is not None
            offset = views.offsets.get(at, ("", 0, None))[1]
            if offset <= last.offset:
                return f"the view is at offset {offset} of {at}, whose last record is at {last.offset}"
    return ""

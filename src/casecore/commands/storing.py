"""How a batch gets stored, decided from what happened: no input, no output, no clock of its own.

Each method is a generator that yields what it asks for, and is resumed with the answer or the error.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

from casecore.commands.admission import Admitted, SequenceState
from casecore.commands.batch import Answer, Outcome, StreamCache, decide_batch
from casecore.commands.errors import SequenceBroken
from casecore.commands.messages import Append, Appended, Load, Request, Rest
from casecore.decider.refusal import Refusal
from casecore.postgres.errors import DatabaseUnavailable
from casecore.store.errors import AppendConflict
from casecore.store.recorder import Loaded, StreamsWentBack

CACHED_STREAMS = 10_000
"""States kept, about 2 KB each."""
MAX_CONFLICTS = 50
"""How often a command is decided again alone; each time another process has got ahead, so this is plenty."""
FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 0.05, 1.0
"""Between tries while PostgreSQL is away; doubled each time, since it is asked by many who were refused."""

TRUSTED_SECONDS = 1.0
"""How long the store's clock is reckoned on from its last answer; it may be set meanwhile."""

ResultT = TypeVar("ResultT")
Steps: TypeAlias = Generator[Request, Any, ResultT]
Reply: TypeAlias = Answer | Exception
Decided: TypeAlias = dict[UUID, Answer]


class Given(NamedTuple):
    """A command that waits, and until when, on the monotonic clock, it is tried."""

    admitted: Admitted[Any]
    give_up_at: float

    @property
    def sequence(self) -> SequenceState | None:
        """The sequence that it belongs to, if any."""
        return self.admitted.sequence

    def is_broken(self) -> bool:
        """Whether an earlier command of its sequence has failed."""
        return self.sequence is not None and self.sequence.broken

    def note(self, reply: Reply) -> None:
        """What is no answer and no refusal breaks the sequence."""
        if self.sequence is not None and isinstance(reply, Exception) and not isinstance(reply, Refusal):
            self.sequence.broken = True


class Storing:
    """The logic of one writer: what it asks of the store for a batch, and what it remembers of streams."""

    def __init__(self, vendor: str, cached_streams: int = CACHED_STREAMS) -> None:
        self._vendor = vendor
        self._cache = StreamCache(cached_streams)
        self._seen: Appended | None = None

    def store(self, batch: Sequence[Given], at_seconds: float) -> Steps[list[Reply]]:
        """Store a batch, now, on the monotonic clock; returns a reply to each, in order. Raises nothing."""
        broken = [given.is_broken() for given in batch]
        sound = [given for given, was_broken in zip(batch, broken, strict=True) if not was_broken]
        replies: list[Reply]
        try:
            replies = (yield from self._from_memory(sound, at_seconds)) or (yield from self._patiently(sound))
        except AppendConflict:
            # Some stream has moved: each command alone, so that none fails for its neighbour's sake.
            replies = yield from self._each(sound)
        except Exception as error:
            replies = [error] * len(sound)
        for given, reply in zip(sound, replies, strict=True):
            given.note(reply)
        told = iter(replies)
        return [SequenceBroken() if was_broken else next(told) for was_broken in broken]

    def _each(self, batch: Sequence[Given]) -> Steps[list[Reply]]:
        replies: list[Reply] = []
        for given in batch:
            if replies and isinstance(replies[-1], DatabaseUnavailable):
                replies.append(replies[-1])  # the store is away for everybody
            elif given.is_broken():
                replies.append(SequenceBroken())
            else:
                replies.append((yield from self._alone(given)))
            given.note(replies[-1])
        return replies

    def _alone(self, given: Given) -> Steps[Reply]:
        for _ in range(MAX_CONFLICTS):
            try:
                [reply] = yield from self._patiently([given])
                return reply
            except AppendConflict:
                continue
            except Exception as error:
                return error
        return DatabaseUnavailable(f"other processes got ahead {MAX_CONFLICTS} times: send it again, same id")

    def _patiently(self, batch: Sequence[Given], decided: Decided | None = None) -> Steps[list[Reply]]:
        """Load and try, again while the store is away, up to the limit.

        After a lost answer the receipts are found: a command that a try stored whose end was lost is
        answered as that try would have done. `decided` is what was tried before.
        """
        if not batch:
            return []
        give_up_at = min(given.give_up_at for given in batch)
        admitted = [given.admitted for given in batch]
        decided = {} if decided is None else decided
        rest_seconds = FIRST_REST_SECONDS
        while True:
            earlier = dict(decided)
            try:
                replies = yield from self._try(admitted, decided)
                return [_as_decided(reply, earlier) for reply in replies]
            except DatabaseUnavailable:
                # The server that comes back may be another, or an older copy of this one.
                self._forget()
                at_seconds: float = yield Rest(rest_seconds)
                if at_seconds >= give_up_at:
                    raise
                rest_seconds = min(2 * rest_seconds, LONGEST_REST_SECONDS)

    def _try(self, batch: Sequence[Admitted[Any]], decided: Decided) -> Steps[list[Reply]]:
        commands = [(one.command.command_id, one.stream_id) for one in batch]
        beside = {stream_id for one in batch for stream_id in one.decider.beside(one.command)}
        streams = beside.union(stream_id for _, stream_id in commands)
        cached = self._cache.get_all(streams)
        loaded: Loaded
        try:
            loaded = yield Load({stream_id: s.version for stream_id, s in cached.items()}, commands, beside)
        except StreamsWentBack:
            self._forget()
            cached = self._cache.get_all(streams)
            loaded = yield Load(dict.fromkeys(streams, 0), commands, beside)
        outcome = decide_batch(batch, loaded, cached, self._vendor)
        yield from self._append(outcome, loaded.now, {}, decided)
        return outcome.answers

    def _from_memory(self, batch: Sequence[Given], at_seconds: float) -> Steps[list[Reply]]:
        """Decide on what is remembered, and let the append find out whether it still holds.

        Returns nothing where it takes a look at the store. A refusal is never told from memory: the
        stream may have moved, or the command have a receipt.
        """
        admitted = [given.admitted for given in batch]
        streams = {one.stream_id for one in admitted}
        for one in admitted:
            streams.update(one.decider.beside(one.command))
        now = self._now(at_seconds)
        if now is None:
            return []
        cached = self._cache.get_seen(streams)
        if cached is None:
            return []
        outcome = decide_batch(admitted, Loaded([], {}, now), cached, self._vendor)
        if any(isinstance(answer, Exception) for answer in outcome.answers):
            return []
        decided: Decided = {}
        expected = {stream_id: stream.version for stream_id, stream in cached.items()}
        try:
            yield from self._append(outcome, now, expected, decided)
        except AppendConflict:
            return []
        except DatabaseUnavailable:
            self._forget()
            return (yield from self._patiently(batch, decided))
        return outcome.answers

    def _append(
        self, outcome: Outcome, now: datetime, expected: Mapping[UUID, int], decided: Decided
    ) -> Steps[None]:
        """Store what was decided, and remember it; `decided` is told if the answer is lost."""
        if outcome.receipts:
            try:
                self._seen = yield Append(outcome.events, outcome.receipts, now, expected)
            except DatabaseUnavailable:
                answers = (answer for answer in outcome.answers if isinstance(answer, Answer))
                decided.update((answer.command_id, answer) for answer in answers if not answer.repeated)
                raise
        self._cache.put_all(outcome.streams)

    def _now(self, at_seconds: float) -> datetime | None:
        """The store's time as of its last answer and what has passed since; None if that is long ago."""
        seen = self._seen
        if seen is None or at_seconds - seen.at_seconds > TRUSTED_SECONDS:
            return None
        return max(seen.recorded_at, seen.clock + timedelta(seconds=max(0.0, at_seconds - seen.at_seconds)))

    def _forget(self) -> None:
        self._cache.clear()
        self._seen = None


def _as_decided(reply: Reply, earlier: Decided) -> Reply:
    """An earlier try's answer, once, if this one only found what that one had stored."""
    if not isinstance(reply, Answer) or not reply.repeated:
        return reply
    before = earlier.pop(reply.command_id, None)
    return before if before is not None and before[1:4] == reply[1:4] else reply

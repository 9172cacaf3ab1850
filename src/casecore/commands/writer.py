"""One attempt to store a batch: load, decide, append; and what is remembered between attempts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias
from uuid import UUID

from casecore.commands.admission import Admitted
from casecore.commands.batch import Answer, StreamCache, decide_batch
from casecore.store.errors import StoreUnavailable
from casecore.store.recorder import LogRecorder, StreamsWentBack

CACHED_STREAMS = 20_000
"""States kept, about 2 KB each."""

Attempt: TypeAlias = Callable[[Sequence[Admitted[Any]]], list[Answer | Exception]]


class BatchWriter:
    """The store's side of the bus, for one thread."""

    def __init__(self, database: str, vendor: str) -> None:
        self._recorder = LogRecorder(database)
        self._vendor = vendor
        self._cache = StreamCache(CACHED_STREAMS)

    def close(self) -> None:
        """Close the connections."""
        self._recorder.close()

    @contextmanager
    def attempts(self) -> Iterator[Attempt]:
        """Attempts at one batch, as often as its caller has patience for.

        Each raises AppendConflict or StoreUnavailable, or returns an answer for each command, in order.
        A command that an attempt stored whose end was lost is answered as that attempt would have done.
        """
        decided: dict[UUID, Answer] = {}

        def attempt(batch: Sequence[Admitted[Any]]) -> list[Answer | Exception]:
            earlier = dict(decided)
            try:
                return [_as_decided(answer, earlier) for answer in self._attempt(batch, decided)]
            except StoreUnavailable:
                # The server that comes back may be another, or an older copy of this one.
                self._cache.clear()
                raise

        yield attempt

    def _attempt(
        self, batch: Sequence[Admitted[Any]], decided: dict[UUID, Answer]
    ) -> list[Answer | Exception]:
        commands = [(one.command.command_id, one.decider.stream_of(one.command)) for one in batch]
        beside = {stream_id for one in batch for stream_id in one.decider.beside(one.command)}
        streams = beside.union(stream_id for _, stream_id in commands)
        cached = {stream_id: self._cache.get(stream_id) for stream_id in streams}
        known = {stream_id: stream.version for stream_id, stream in cached.items()}
        try:
            loaded = self._recorder.load(known, commands, beside)
        except StreamsWentBack:
            self._cache.clear()
            cached = {stream_id: self._cache.get(stream_id) for stream_id in known}
            loaded = self._recorder.load(dict.fromkeys(known, 0), commands, beside)
        outcome = decide_batch(batch, loaded, cached, self._vendor)
        fresh = (answer for answer in outcome.answers if isinstance(answer, Answer) and not answer.repeated)
        decided.update((answer.command_id, answer) for answer in fresh)
        self._recorder.append(outcome.events, outcome.receipts, loaded.now)
        self._cache.put_all(outcome.streams)
        return outcome.answers


def _as_decided(answer: Answer | Exception, earlier: dict[UUID, Answer]) -> Answer | Exception:
    """An earlier attempt's answer, once, if this attempt only found what that one had stored."""
    if not isinstance(answer, Answer) or not answer.repeated:
        return answer
    before = earlier.pop(answer.command_id, None)
    return before if before is not None and before[1:4] == answer[1:4] else answer

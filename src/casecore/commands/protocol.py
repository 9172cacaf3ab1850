"""How a batch is stored: the writer's protocol, without I/O and without a clock.

Each method is a generator. It yields a request, and is resumed with the answer or with the error.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

from casecore.commands.admission import Admitted, SequenceState
from casecore.commands.batch import Answer, DecidedBatch, StreamCache, decide_batch
from casecore.commands.errors import SequenceBroken
from casecore.commands.messages import Append, AppendReport, BusRequest, Load, Rest
from casecore.decider.organisations import Organisations
from casecore.decider.refusal import Refusal
from casecore.postgres.errors import DatabaseUnavailable
from casecore.store.errors import AppendConflict, StreamsWentBack
from casecore.store.records import Loaded

CACHED_STREAMS = 10_000
"""States kept, about 2 KB each."""
MAX_CONFLICTS = 50
"""How often a command is decided again alone. Each time another process was faster, so this is plenty."""
FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 0.05, 1.0
"""Between tries while PostgreSQL is unavailable. Doubled each time, since many processes try again at once.
"""

TRUSTED_SECONDS = 1.0
"""How long the store's time is extrapolated from its last answer. Its clock may be set meanwhile."""

ResultT = TypeVar("ResultT")
BusSteps: TypeAlias = Generator[BusRequest, Any, ResultT]
Reply: TypeAlias = Answer | Exception
TriedAnswers: TypeAlias = dict[UUID, Answer]
"""By command id: the answers of tries whose result was lost."""


class GivenCommand(NamedTuple):
    """A command that waits. It is tried until `give_up_at`, in seconds on the monotonic clock."""

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
        """Break the sequence if the reply is neither an answer nor a refusal."""
        if self.sequence is not None and isinstance(reply, Exception) and not isinstance(reply, Refusal):
            self.sequence.broken = True


class WriterProtocol:
    """What one writer asks of the store for a batch, and what it remembers of streams."""

    def __init__(
        self,
        vendor: str,
        cached_streams: int = CACHED_STREAMS,
        organisations: Organisations = Organisations.REGISTERED,
    ) -> None:
        self._vendor = vendor
        self._checks_parties = organisations is Organisations.REGISTERED
        self._has_parties = False  # once it has some, it has some for ever
        self._cache = StreamCache(cached_streams)
        self._seen: AppendReport | None = None

    def store(self, batch: Sequence[GivenCommand], at_seconds: float) -> BusSteps[list[Reply]]:
        """Store a batch; returns a reply to each command, in order. Raises nothing.

        `at_seconds` is now, on the monotonic clock.
        """
        broken = [given.is_broken() for given in batch]
        sound = [given for given, was_broken in zip(batch, broken, strict=True) if not was_broken]
        replies: list[Reply]
        try:
            replies = yield from self._from_memory(sound, at_seconds)
            if not replies:
                replies = yield from self._with_retries(sound)
        except AppendConflict:
            # A stream has moved. Each command is tried alone, so that none fails because of its neighbour.
            replies = yield from self._each(sound)
        except Exception as error:
            replies = [error] * len(sound)
        for given, reply in zip(sound, replies, strict=True):
            given.note(reply)
        rest = iter(replies)
        return [SequenceBroken() if was_broken else next(rest) for was_broken in broken]

    def _each(self, batch: Sequence[GivenCommand]) -> BusSteps[list[Reply]]:
        replies: list[Reply] = []
        for given in batch:
            if replies and isinstance(replies[-1], DatabaseUnavailable):
                replies.append(replies[-1])  # it is unavailable for all of them
            elif given.is_broken():
                replies.append(SequenceBroken())
            else:
                replies.append((yield from self._alone(given)))
            given.note(replies[-1])
        return replies

    def _alone(self, given: GivenCommand) -> BusSteps[Reply]:
        for _ in range(MAX_CONFLICTS):
            try:
                [reply] = yield from self._with_retries([given])
                return reply
            except AppendConflict:
                continue
            except Exception as error:
                return error
        return DatabaseUnavailable(f"other processes got ahead {MAX_CONFLICTS} times: send it again, same id")

    def _with_retries(
        self, batch: Sequence[GivenCommand], tried: TriedAnswers | None = None
    ) -> BusSteps[list[Reply]]:
        """Load and try, and try again while the store is unavailable, until the limit.

        A try whose result was lost may have stored the batch. Then the next try finds the receipts, and each
        command gets the answer of the try that stored it. `tried` are the answers of an earlier such try.
        """
        if not batch:
            return []
        give_up_at = min(given.give_up_at for given in batch)
        admitted = [given.admitted for given in batch]
        tried = {} if tried is None else tried
        rest_seconds = FIRST_REST_SECONDS
        while True:
            earlier = dict(tried)
            try:
                replies = yield from self._try(admitted, tried)
                return [_as_first_tried(reply, earlier) for reply in replies]
            except DatabaseUnavailable:
                # The server that comes back may be another one, or an older copy of this one.
                self._forget()
                at_seconds: float = yield Rest(rest_seconds)
                if at_seconds >= give_up_at:
                    raise
                rest_seconds = min(2 * rest_seconds, LONGEST_REST_SECONDS)

    def _try(self, batch: Sequence[Admitted[Any]], tried: TriedAnswers) -> BusSteps[list[Reply]]:
        commands = [(one.command.command_id, one.stream_id) for one in batch]
        related = {stream_id for one in batch for stream_id in one.decider.related_streams(one.command)}
        streams = related.union(stream_id for _, stream_id in commands)
        cached = self._cache.get_all(streams)
        loaded: Loaded
        try:
            loaded = yield self._load({i: s.version for i, s in cached.items()}, commands, related)
        except StreamsWentBack:
            self._forget()
            cached = self._cache.get_all(streams)
            loaded = yield self._load(dict.fromkeys(streams, 0), commands, related)
        self._has_parties = self._has_parties or loaded.has_parties
        loaded = loaded._replace(has_parties=self._checks_parties and self._has_parties)
        decided = decide_batch(batch, loaded, cached, self._vendor)
        yield from self._append(decided, loaded.now, {}, tried)
        return decided.answers

    def _load(
        self, known: Mapping[UUID, int], commands: Sequence[tuple[UUID, UUID]], related: Collection[UUID]
    ) -> Load:
        return Load(known, commands, related, self._checks_parties and not self._has_parties)

    def _from_memory(self, batch: Sequence[GivenCommand], at_seconds: float) -> BusSteps[list[Reply]]:
        """Decide on the remembered states, and let the append find out whether they are still current.

        Returns no replies where the store has to be read. A command is never refused from memory: its stream
        may have moved, or the command may have a receipt.
        """
        admitted = [given.admitted for given in batch]
        streams = {one.stream_id for one in admitted}
        for one in admitted:
            streams.update(one.decider.related_streams(one.command))
        now = self._now(at_seconds)
        if now is None:
            return []
        cached = self._cache.get_seen(streams)
        if cached is None:
            return []
        # As if there were parties: another process may have registered the first one.
        decided = decide_batch(admitted, Loaded([], {}, now, self._checks_parties), cached, self._vendor)
        if any(isinstance(answer, Exception) for answer in decided.answers):
            return []
        tried: TriedAnswers = {}
        expected = {stream_id: stream.version for stream_id, stream in cached.items()}
        try:
            yield from self._append(decided, now, expected, tried)
        except AppendConflict:
            return []
        except DatabaseUnavailable:
            self._forget()
            return (yield from self._with_retries(batch, tried))
        return decided.answers

    def _append(
        self, decided: DecidedBatch, now: datetime, expected: Mapping[UUID, int], tried: TriedAnswers
    ) -> BusSteps[None]:
        """Store what was decided, and remember it. If the result is lost, `tried` gets the answers."""
        if decided.receipts:
            try:
                self._seen = yield Append(decided.events, decided.receipts, now, expected)
            except DatabaseUnavailable:
                answers = (answer for answer in decided.answers if isinstance(answer, Answer))
                tried.update((answer.command_id, answer) for answer in answers if not answer.repeated)
                raise
        self._cache.put_all(decided.streams)

    def _now(self, at_seconds: float) -> datetime | None:
        """The store's time, extrapolated from its last answer; None if that is too long ago."""
        seen = self._seen
        if seen is None or at_seconds - seen.at_seconds > TRUSTED_SECONDS:
            return None
        return max(seen.recorded_at, seen.clock + timedelta(seconds=max(0.0, at_seconds - seen.at_seconds)))

    def _forget(self) -> None:
        self._cache.clear()
        self._seen = None
        self._has_parties = False


def _as_first_tried(reply: Reply, earlier: TriedAnswers) -> Reply:
    """The answer of an earlier try, once, if this one found only the receipt of that one."""
    if not isinstance(reply, Answer) or not reply.repeated:
        return reply
    before = earlier.pop(reply.command_id, None)
    return before if before is not None and before[1:4] == reply[1:4] else reply

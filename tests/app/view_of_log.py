"""A log of cases in memory, and a view that has folded some of each partition: what freshness is held
against."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from casecore.app.freshness.search import lacking, partitions_of
from casecore.contract.streams import CASES, PARTITIONS, case_stream_id
from casecore.relay.place import partition_number
from casecore.store.latest import LogHead
from projections.kit.reading.standing import StreamStanding

TYPE = "casecore.case.message_received.v1"
BEGAN_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Logged(NamedTuple):
    """An event of the log."""

    case: str
    version: int
    position: int
    recorded_at: datetime

    @property
    def stream_id(self) -> UUID:
        """Its stream."""
        return case_stream_id(self.case)

    @property
    def partition(self) -> int:
        """The partition that has its record."""
        return partition_number(self.stream_id)


def log_of(cases: Sequence[str]) -> list[Logged]:
    """A log of these cases' events in turn; positions have gaps, and three events share an instant."""
    versions: Counter[str] = Counter()
    log = []
    for place, case in enumerate(cases):
        versions[case] += 1
        at = BEGAN_AT + timedelta(seconds=place // 3)
        log.append(Logged(case, versions[case], 1 + place + place // 5, at))
    return log


class ViewOfLog:
    """A view that has read so many records of each partition; a case is parked from a version on.

    With each pause it reads `pace` more of each.
    """

    name = "workload"

    def __init__(
        self,
        log: Sequence[Logged],
        read: Mapping[int, int],
        parked_from: Mapping[str, int],
        pace: int = 0,
        has_runner: bool = True,
    ) -> None:
        self.log = log
        self.read = {number: read.get(number, 0) for number in range(PARTITIONS)}
        self.parked_from = dict(parked_from)
        self._pace = pace
        self._has_runner = has_runner
        self.build_number, self.restored = 1, 0
        self.seconds = 0.0
        self.searches = 0

    # The rule itself, event by event.

    def is_read(self, event: Logged) -> bool:
        """Whether its record was read."""
        before = [
            one for one in self.log if one.partition == event.partition and one.position < event.position
        ]
        return len(before) < self.read[event.partition]

    def is_parked(self, case: str) -> bool:
        """Whether the record that parks the case was read."""
        parked_from = self.parked_from.get(case)
        return any(self.is_read(one) for one in self.log if (one.case, one.version) == (case, parked_from))

    def lacks(self) -> list[Logged]:
        """The events that the view will have without anybody's decision, and has not."""
        return [one for one in self.log if not self.is_read(one) and not self.is_parked(one.case)]

    def folded(self, case: str) -> int:
        """The last version of a case that was folded."""
        limit = self.parked_from.get(case, len(self.log) + 1)
        return sum(self.is_read(one) for one in self.log if one.case == case and one.version < limit)

    # The clock.

    def now(self) -> float:
        """Seconds that were waited."""
        return self.seconds

    def pause(self, seconds: float) -> None:
        """Wait, while the runner reads on."""
        self.seconds += seconds
        self.read = {number: count + self._pace for number, count in self.read.items()}

    # What is asked while the view is waited for.

    @property
    def partitions(self) -> int:
        """All partitions of the cases' topic."""
        return partitions_of((CASES,))

    @property
    def head(self) -> LogHead:
        """The log's end."""
        return LogHead(self.log[-1].position, self.log[-1].recorded_at) if self.log else LogHead(0, None)

    def build(self) -> UUID:
        """Which building it is."""
        return UUID(int=self.build_number)

    @property
    def head_recorded_at(self) -> datetime | None:
        """When the last event was recorded."""
        return self.log[-1].recorded_at if self.log else None

    def position_before(self, events: int) -> int:
        """The position before the last so many events."""
        return self.log[-events - 1].position if len(self.log) > events else 0

    def since(self, position: int) -> list[StreamStanding]:
        """The cases with an event after a position."""
        self.searches += 1
        return self._standings({one.case for one in self.log if one.position > position})

    def incomplete(self) -> list[StreamStanding]:
        """The cases that lack something."""
        return lacking(self._standings({one.case for one in self.log}))

    def again(self, streams: Sequence[StreamStanding]) -> list[StreamStanding]:
        """These cases by now."""
        ids = {stream.stream_id for stream in streams}
        return self._standings({one.case for one in self.log if one.stream_id in ids})

    def has_runner(self) -> bool:
        """Whether a runner is there."""
        return self._has_runner

    def recorded_before(self, events: Sequence[tuple[UUID, int]]) -> datetime | None:
        """When the last event was recorded before all of these."""
        oldest = min(one.recorded_at for one in self.log if (one.stream_id, one.version) in events)
        return max((one.recorded_at for one in self.log if one.recorded_at < oldest), default=None)

    def parked(self) -> tuple[str, ...]:
        """The parked cases that lack something."""
        return tuple(
            sorted(
                case
                for case, events in self._by_case().items()
                if self.is_parked(case) and self.folded(case) < len(events)
            )
        )

    def _standings(self, cases: set[str]) -> list[StreamStanding]:
        found = []
        for case, events in self._by_case().items():
            if case in cases:
                folded = self.folded(case)
                found.append(
                    StreamStanding(
                        stream_id=events[-1].stream_id,
                        version=len(events),
                        position=events[-1].position,
                        type=TYPE,
                        folded=folded,
                        missing=len(events) - folded,
                        is_parked=self.is_parked(case),
                    )
                )
        return found

    def _by_case(self) -> dict[str, list[Logged]]:
        found: dict[str, list[Logged]] = defaultdict(list)
        for event in self.log:
            found[event.case].append(event)
        return found

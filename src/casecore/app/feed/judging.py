"""Published events as their readers see them: each judged once, whoever reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import structlog

from casecore.app.feed.needs import LastOf, Need, Needs, NotJudged, StreamsNow, needs_of
from casecore.app.seen.references import body_for, without_on_behalf
from casecore.contract.streams import CASES
from casecore.contract.structured import to_structured
from casecore.contract.types import UnknownType, split_wire_name
from casecore.contract.wire import StoredEvent
from casecore.decider.business_day import day_of
from casecore.visibility.messages import NOBODY
from casecore.visibility.rules import Viewer, may_see

_log = structlog.get_logger(__name__)


class FeedReader(NamedTuple):
    """Who reads the feed: for whom, and which types, named without version; none are all."""

    viewer: Viewer | None
    types: frozenset[str] = frozenset()

    def wants(self, event_type: str) -> bool:
        """Whether it asked for events of this type."""
        return not self.types or _name_of(event_type) in self.types


class JudgedEvent:
    """A published event, and who sees it."""

    def __init__(self, stored: StoredEvent, needs: Needs, prefix: str) -> None:
        self.stored = stored
        self._needs = needs
        self._prefix = prefix
        self._texts: dict[bytes, bytes] = {}
        """By the body that is shown."""

    def shown_to(self, viewer: Viewer | None) -> bytes | None:
        """The event as JSON for a viewer, without what only others see; None if it is not for that viewer."""
        if not all(may_see(viewer, need.rule, need.thing) for need in self._needs.whole):
            return None
        body = self._body_for(viewer)
        if body not in self._texts:
            self._texts[body] = to_structured(self.stored._replace(body=body), self._prefix)
        return self._texts[body]

    def _body_for(self, viewer: Viewer | None) -> bytes:
        if not self.stored.type.startswith(CASES.type_prefix):
            return without_on_behalf(viewer, self.stored.body)

        def sees(other: str) -> bool:
            need = self._needs.cases.get(other)
            return need is not None and may_see(viewer, need.rule, need.thing)

        return body_for(viewer, self.stored.body, sees)


class Judge:
    """Judges events by the rules of `casecore.visibility`."""

    def __init__(self, prefix: str) -> None:
        """`prefix` is that of the topics, which the events' source names."""
        self._prefix = prefix
        self.withheld: Counter[str] = Counter()
        """How many events were withheld from all that have identities, by type, since no rule could be
        applied to them."""

    def judge(
        self, events: Sequence[StoredEvent], last_of: LastOf, now: datetime | None = None
    ) -> list[JudgedEvent]:
        """These events in the same order, judged as of an instant, now unless it is given."""
        streams = StreamsNow(last_of, events, day_of(now or datetime.now(UTC)))
        return [JudgedEvent(event, self._needs_of(event, streams), self._prefix) for event in events]

    def _needs_of(self, event: StoredEvent, now: StreamsNow) -> Needs:
        try:
            return needs_of(event, split_wire_name(event.type)[0], now)
        except (NotJudged, UnknownType, msgspec.DecodeError, UnicodeDecodeError) as why:
            if not self.withheld[event.type]:
                _log.warning("feed.withheld", type=event.type, position=event.position, reason=str(why))
            self.withheld[event.type] += 1
            return Needs((Need(NOBODY, {}),))


def _name_of(event_type: str) -> str:
    try:
        return split_wire_name(event_type)[0]
    except UnknownType:
        return event_type

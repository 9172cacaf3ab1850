"""A picture of some cases is the picture of a world in which there are no others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, NamedTuple

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from casecore.app.pictures.catalogue import CUSTOMER_EFFORT, PICTURES, Picture
from casecore.contract.cases import CaseEvent
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from casecore.visibility.rules import CASE, Viewer, may_see
from projections.pictures.asked import PictureFilter
from projections.sla.projection import SLA
from projections.workload.projection import WORKLOAD
from tests.profiles import scaled
from tests.projections.pictures.filled import FilledView
from tests.visibility.worlds import CUSTOMERS, ORGANISATIONS, SELLERS, VENDOR, Step, steps, written

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BY_ITSELF = [one for one in PICTURES if "organisation" not in one.keys and one is not CUSTOMER_EFFORT]
"""Pictures of which `organisation` is whose turn a case is, or was last."""
PRIORITIES = ("low", "normal", "high", "urgent")
filters = st.one_of(
    st.sampled_from(CUSTOMERS).map(lambda name: {"customer": name}),
    st.sampled_from((*SELLERS, VENDOR)).map(lambda name: {"seller": name}),
    st.sampled_from(("activation", "troubleshooting", "training")).map(lambda name: {"topic": name}),
    st.sampled_from(PRIORITIES).map(lambda name: {"priority": name}),
    st.sampled_from(ORGANISATIONS).map(lambda name: {"organisation": name}),
)


class Views(NamedTuple):
    """Both views that have pictures."""

    workload: FilledView
    service_levels: FilledView

    def pictures_of(
        self, events: list[StoredEvent], which: PictureFilter, viewer: Viewer | None
    ) -> dict[str, list[Any]]:
        """All pictures."""
        found = {}
        for view, part in ((self.workload, "workload"), (self.service_levels, "service-levels")):
            with view.of(events):
                for picture in PICTURES:
                    if picture.path.startswith(part) and is_asked(picture, which):
                        found[picture.name] = picture.rows("", which, viewer)
        return found


def is_asked(picture: Picture, which: PictureFilter) -> bool:
    """Whether it is asked here: what an organisation is elsewhere, other tests say."""
    return which.organisation is None or (picture in BY_ITSELF and "clock" not in picture.keys)


@pytest.fixture
def views(database: str) -> Iterator[Views]:
    with ExitStack() as opened:
        first, second = (opened.enter_context(psycopg.connect(database, autocommit=True)) for _ in range(2))
        yield Views(FilledView(first, WORKLOAD), FilledView(second, SLA))


def of_cases(events: list[StoredEvent]) -> list[StoredEvent]:
    return [one for one in events if isinstance(EVENT_TYPES.decode(one.type, one.body).data, CaseEvent)]


def last_of(events: list[StoredEvent]) -> dict[Any, CaseEvent]:
    """How each case stands."""
    found = {}
    for event in events:
        data = EVENT_TYPES.decode(event.type, event.body).data
        assert isinstance(data, CaseEvent)
        found[event.stream_id] = data
    return found


def is_of(case: CaseEvent, wanted: dict[str, str]) -> bool:
    standing = case.standing
    has = {
        "customer": case.customer,
        "seller": case.seller,
        "topic": standing.topic,
        "priority": standing.priority.value,
        "organisation": standing.organisation,
    }
    return all(has[name] == value for name, value in wanted.items())


@scaled(0.3, suppressed=[HealthCheck.function_scoped_fixture], phases=[Phase.generate])
@given(happened=steps(), wanted=filters)
def test_a_picture_of_some_cases_is_that_of_these_alone(
    views: Views, happened: list[Step], wanted: dict[str, str]
) -> None:
    events = of_cases(written(happened))
    kept = {stream_id for stream_id, case in last_of(events).items() if is_of(case, wanted)}
    asked = PictureFilter(at=NOW, **wanted)  # type: ignore[arg-type]
    found = views.pictures_of(events, asked, None)
    alone = views.pictures_of(
        [one for one in events if one.stream_id in kept], asked._replace(**dict.fromkeys(wanted)), None
    )
    for name in found:
        assert found[name] == alone[name], name


@scaled(0.3, suppressed=[HealthCheck.function_scoped_fixture], phases=[Phase.generate])
@given(happened=steps(), who=st.sampled_from(ORGANISATIONS))
def test_a_picture_for_somebody_is_that_of_the_cases_that_they_see(
    views: Views, happened: list[Step], who: str
) -> None:
    events, viewer = of_cases(written(happened)), Viewer(who, who == VENDOR)
    seen = {
        stream_id
        for stream_id, case in last_of(events).items()
        if may_see(viewer, CASE, {name: getattr(case, name) for name in CASE.fields})
    }
    found = views.pictures_of(events, PictureFilter(at=NOW), viewer)
    assert found == views.pictures_of(
        [one for one in events if one.stream_id in seen], PictureFilter(at=NOW), None
    )

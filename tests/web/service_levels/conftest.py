"""The page of an installation with promises and cases of several organisations."""

from __future__ import annotations

import pytest

from projections.sla.projection import SLA
from projections.timeline.projection import TIMELINE
from tests.projections.stored import fold_store
from tests.visibility.made import a_life, store_events
from tests.web.sites import Site


@pytest.fixture
def promising(site: Site) -> Site:
    store_events(site.database, a_life(1))
    for view in (SLA, TIMELINE):
        fold_store(site.database, view)
    return site

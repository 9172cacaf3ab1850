"""The views there are, by name. A new view costs its own folder, and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from projections.billing.projection import BILLING
from projections.kit.projection import AnyProjection
from projections.sla.projection import SLA
from projections.timeline.projection import TIMELINE
from projections.workload.projection import WORKLOAD


class CatalogueEntry(NamedTuple):
    """A view, and where its runner answers health checks: so many ports above CASECORE_HEALTH_PORT.

    The port is fixed, so that a new view moves no other's. 0 is the relay's, 5 the audit's and 6 the watch's;
    a new view takes the next number that is free.
    """

    projection: AnyProjection
    health_port_offset: int


CATALOGUE: Mapping[str, CatalogueEntry] = MappingProxyType(
    {
        entry.projection.name: entry
        for entry in (
            CatalogueEntry(BILLING, health_port_offset=1),
            CatalogueEntry(SLA, health_port_offset=2),
            CatalogueEntry(TIMELINE, health_port_offset=3),
            CatalogueEntry(WORKLOAD, health_port_offset=4),
        )
    }
)

VIEWS: Mapping[str, AnyProjection] = MappingProxyType(
    {name: entry.projection for name, entry in CATALOGUE.items()}
)

"""The views there are, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from projections.billing.projection import BILLING
from projections.kit.projection import AnyProjection
from projections.sla.projection import SLA
from projections.timeline.projection import TIMELINE
from projections.workload.projection import WORKLOAD

VIEW_PORT_OFFSETS: Mapping[str, int] = {"billing": 1, "sla": 2, "timeline": 3, "workload": 4}

VIEWS: Mapping[str, AnyProjection] = MappingProxyType(
    {view.name: view for view in (BILLING, SLA, TIMELINE, WORKLOAD)}
)

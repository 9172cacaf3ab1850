"""Figures of pictures of which tests ask for the cases behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_MONTH = {"month": "2026-04-01"}
FIGURES: Mapping[str, Sequence[Mapping[str, object]]] = {
    "/v1/service-levels/due-by-holder/cases": [
        {"organisation": name, "figure": figure}
        for name in ("nord", "sued", "hilfe")
        for figure in ("overdue", "within_a_day")
    ],
    "/v1/workload/backlog-flow/cases": [
        {"day": "2026-04-07", "figure": figure} for figure in ("came_in", "went_out", "open")
    ],
    "/v1/service-levels/promises-kept/cases": [
        {**_MONTH, "organisation": "vendor", "level": "", "clock": "resolution", "figure": figure}
        for figure in ("met", "missed")
    ],
    "/v1/service-levels/held-times/cases": [
        {"organisation": name, "holder": holder, "figure": "seconds"}
        for name in ("nord", "sued", "hilfe")
        for holder in ("hand_over", "level_0", "outside_hours", "resolved")
    ],
    "/v1/workload/open-ages/cases": [
        {"place": place, "level": level, "figure": "cases"}
        for place in (5, 6)
        for level in ("not_taken", "level_0")
    ],
    "/v1/workload/agent-load/cases": [
        {"organisation": "nord", "agent": "anna", "figure": "cases"},
        {"organisation": "sued", "figure": "cases"},
    ],
    "/v1/workload/arrivals/cases": [{"weekday": 2, "hour": 9, "figure": "came_in"}],
    "/v1/workload/first-level/cases": [
        {**_MONTH, "seller": name, "figure": "resolved"} for name in ("nord", "sued")
    ],
    "/v1/workload/hand-overs/cases": [
        {**_MONTH, "figure": figure} for figure in ("up", "resolved", "reopened")
    ],
    "/v1/service-levels/clock-times/cases": [
        {**_MONTH, "clock": clock, "figure": "clocks"} for clock in ("resolution", "first_response")
    ],
    "/v1/workload/cumulative-flow/cases": [
        {"day": "2026-04-08", "state": state, "figure": "cases"}
        for state in ("opened", "reseller_l0", "resolved")
    ],
    "/v1/workload/customer-effort/cases": [{"customer": "zahn", "figure": "minutes"}],
    "/v1/billing/customer-fees/packages": [{"customer": name} for name in ("zahn", "praxis-ost", "klinik")],
}
"""By the path, those with which there is something in the world of `tests.visibility`."""

"""Clocks on a page, with when they count."""

from __future__ import annotations

from collections.abc import Sequence

from casecore.web.pages.page import Look
from casecore.web.rendering.countdown import TickingClock, ticking
from projections.sla.open_windows import open_windows_of
from projections.sla.queries import ClockAnswer


def ticking_now(look: Look, clocks: Sequence[ClockAnswer]) -> list[TickingClock]:
    """Clocks as of now, each with the opening hours in which it counts from when it was answered on."""
    if not clocks:
        return []
    at = clocks[0].answered_at
    windows = look.app.ask(open_windows_of, {one.case_id for one in clocks}, at, look.viewer)
    return ticking(clocks, windows, at)

"""The words of policies, calendars and what would be, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from casecore.web.rendering.marks import N_

SERVICE_LEVEL_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "covers": {
            "end_to_end": N_("the whole case"),
            "level_0": N_("level 0 of a case"),
            "level_1": N_("level 1 of a case"),
            "partner": N_("the partner's part of a case"),
        },
        "on_change": {
            "keep": N_("the clock goes on, under the new target"),
            "restart": N_("the clock starts again, from the change"),
        },
        "match": {
            "categories": N_("category"),
            "priorities": N_("priority"),
            "topics": N_("topic"),
            "sellers": N_("seller"),
            "customers": N_("customer"),
        },
        "day": {
            "open": N_("open"),
            "half": N_("half day: at most three quarters of a usual day"),
            "closed": N_("closed"),
            "holiday": N_("holiday, closed"),
            "unknown": N_("not in the calendar: nothing is known"),
        },
        "what_if_run": {
            "running": N_("It is being tried"),
            "done": N_("What would be"),
            "cancelled": N_("It was cancelled"),
            "failed": N_("It did not work"),
        },
        "reason": {
            "clock_gone": N_("the policy has no such clock"),
            "clock_new": N_("no policy had this clock; %(now)s has"),
            "no_match": N_("the policy would not match this case"),
            "target": N_("target %(now)s h, was %(was)s h"),
            "calendar": N_("calendar %(now)s, was %(was)s"),
            "calendar_days": N_("other days in calendar %(now)s"),
            "pauses": N_("pauses while waiting"),
            "no_pauses": N_("does not pause while waiting"),
            "on_change": N_("does something else when the priority or the policy changes"),
            "in_between": N_("another policy in between"),
        },
    }
)

"""The contract's words as people read them. Each stands here once; the catalogues translate them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from casecore.cases.topics import TOPICS


def N_(text: str) -> str:  # noqa: N802 - the name by which texts to translate are found
    """A text that is translated where it is shown."""
    return text


WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "state": {
            "opened": N_("opened"),
            "reseller_l0": N_("at work, level 0"),
            "escalated_l1": N_("at work, level 1"),
            "partner_support": N_("at work, partner"),
            "resolved": N_("resolved"),
            "closed": N_("closed"),
            "cancelled": N_("cancelled"),
        },
        "level": {
            "level_0": N_("level 0"),
            "level_1": N_("level 1"),
            "partner": N_("partner"),
            "not_taken": N_("not taken"),
        },
        "priority": {"low": N_("low"), "normal": N_("normal"), "high": N_("high"), "urgent": N_("urgent")},
        "category": {
            "technical_support": N_("technical support"),
            "user_support": N_("user support"),
        },
        "role": {
            "customer": N_("customer"),
            "seller": N_("seller"),
            "vendor": N_("vendor"),
            "partner": N_("partner"),
            "system": N_("system"),
        },
        "clock": {
            "first_response": N_("first response"),
            "next_reply": N_("next reply"),
            "resolution": N_("resolution"),
            "hand_over": N_("time to assignment"),
            "level_time": N_("time at level"),
        },
        "status": {
            "running": N_("running"),
            "paused": N_("paused"),
            "met": N_("met"),
            "missed": N_("missed"),
            "cancelled": N_("cancelled"),
        },
        "holder": {
            "outside_hours": N_("outside opening hours"),
            "customer": N_("customer"),
            "hand_over": N_("nobody yet"),
            "level_0": N_("level 0"),
            "level_1": N_("level 1"),
            "partner": N_("partner"),
            "resolved": N_("resolved, not closed"),
        },
        "stretch": {
            "open": N_("counts"),
            "closed": N_("outside opening hours"),
            "paused": N_("paused: waits for the customer"),
            "stopped": N_("stopped"),
        },
        "resolution": {
            "solved": N_("solved"),
            "workaround": N_("a workaround was found"),
            "explained": N_("explained"),
            "no_fault_found": N_("no fault found"),
            "cannot_be_solved": N_("cannot be solved"),
            "unstated": N_("not stated"),
        },
        "event": {
            "opened": N_("opened"),
            "taken": N_("taken"),
            "assigned": N_("assigned"),
            "escalated": N_("escalated"),
            "handed_back": N_("handed back"),
            "waiting_started": N_("waits for the customer"),
            "waiting_ended": N_("resumed"),
            "message_posted": N_("message"),
            "priority_changed": N_("priority changed"),
            "reclassified": N_("reclassified"),
            "effort_recorded": N_("effort recorded"),
            "resolved": N_("resolved"),
            "reopened": N_("reopened"),
            "closed": N_("closed"),
            "cancelled": N_("cancelled"),
            "activity_noted": N_("activity noted"),
            "policy_pinned": N_("policy pinned"),
            "service_level_warned": N_("service level warned"),
            "service_level_missed": N_("service level missed"),
            "service_level_miss_withdrawn": N_("miss withdrawn"),
        },
        "done": {
            "open": N_("The case is open."),
            "take": N_("You have it."),
            "assign": N_("It is assigned."),
            "escalate": N_("It is with the vendor."),
            "hand_back": N_("It is back with the seller."),
            "wait": N_("It waits for the customer."),
            "resume": N_("It goes on."),
            "message": N_("The message is there."),
            "effort": N_("The effort is recorded."),
            "resolve": N_("It is resolved."),
            "reopen": N_("It is open again."),
            "close": N_("It is closed."),
            "priority": N_("The priority is changed."),
            "reclassify": N_("It is reclassified."),
            "cancel": N_("It is cancelled."),
        },
        "field": {
            "state": N_("state"),
            "level": N_("level"),
            "organisation": N_("with"),
            "agent": N_("agent"),
            "waiting_since": N_("waits since"),
            "priority": N_("priority"),
            "category": N_("category"),
            "topic": N_("topic"),
            "partner": N_("partner"),
            "effort_minutes": N_("minutes in all"),
        },
        "age": {
            age: age
            for age in (
                N_("under 1 day"),
                N_("1 to 3 days"),
                N_("3 to 7 days"),
                N_("7 to 30 days"),
                N_("30 to 90 days"),
                N_("over 90 days"),
            )
        },
        "figure": {
            "overdue": N_("overdue"),
            "at_risk": N_("at risk"),
            "within_a_day": N_("due within 24 hours"),
            "later": N_("due later"),
            "came_in": N_("came in"),
            "went_out": N_("went out"),
            "open": N_("open at the end of the day"),
            "met": N_("met"),
            "missed": N_("missed"),
            "beyond_calendar": N_("met, as far as the calendar reaches"),
            "cases": N_("cases"),
            "seconds": N_("time held"),
            "waiting": N_("waiting for the customer"),
            "urgent": N_("urgent"),
            "resolved": N_("resolved"),
            "at_first_level": N_("resolved at first level"),
            "up": N_("handed up to level 1"),
            "down": N_("handed back down"),
            "bounces": N_("bounced"),
            "reopened": N_("reopened"),
            "clocks": N_("measured"),
            "minutes": N_("effort"),
        },
        "scope": {
            "agent": N_("work on cases"),
            "accountant": N_("money"),
            "operator": N_("running the installation"),
            "analyst": N_("figures"),
            "service": N_("events for programs"),
        },
        "topic": {
            topic: N_(title) for topic, title in {one.id: one.title for one in TOPICS.values()}.items()
        },
    }
)
"""By kind of word, then by the word."""


def text_of(kind: str, word: str | None) -> str:
    """A word as people read it, in English; one that is newer than this program as it is written."""
    if word is None:
        return ""
    return WORDS[kind].get(word) or word.replace("_", " ")

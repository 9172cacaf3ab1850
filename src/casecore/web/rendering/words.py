"""The contract's words as people read them. Each stands here once; the catalogues translate them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from casecore.cases.topics import TOPICS
from casecore.web.rendering.engine_room_words import ENGINE_ROOM_WORDS
from casecore.web.rendering.event_words import EVENT_WORDS
from casecore.web.rendering.marks import N_ as N_
from casecore.web.rendering.money_words import MONEY_WORDS
from casecore.web.rendering.not_now import NOT_NOW_WORDS
from casecore.web.rendering.service_level_words import SERVICE_LEVEL_WORDS

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "state": {
            "opened": N_("opened"),
            "reseller_l0": N_("in progress, level 0"),
            "escalated_l1": N_("in progress, level 1"),
            "partner_support": N_("in progress, partner"),
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
            "nobody": N_("nobody"),
        },
        "verb": {
            "open": N_("Open"),
            "take": N_("Take"),
            "assign": N_("Assign"),
            "escalate": N_("Escalate"),
            "hand_back": N_("Hand back"),
            "wait": N_("Wait for the customer"),
            "resume": N_("Resume"),
            "message": N_("Write"),
            "effort": N_("Record effort"),
            "resolve": N_("Resolve"),
            "reopen": N_("Reopen"),
            "close": N_("Close"),
            "priority": N_("Change priority"),
            "reclassify": N_("Reclassify"),
            "cancel": N_("Cancel"),
            "policy": N_("Pin a policy"),
            "service_level": N_("Record a service level"),
            "import": N_("Import"),
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
            "cancelled": N_("no longer applies"),
            "beyond_calendar": N_("later than the calendar reaches"),
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
            "open": N_("counting"),
            "closed": N_("outside opening hours"),
            "paused": N_("paused: waits for the customer"),
            "stopped": N_("stopped"),
        },
        "mark": {
            "warned": N_("warned"),
            "due": N_("due"),
            "missed": N_("missed"),
            "met": N_("met"),
            "restarted": N_("started from zero again"),
        },
        "resolution": {
            "solved": N_("solved"),
            "workaround": N_("a workaround was found"),
            "explained": N_("explained"),
            "no_fault_found": N_("no fault found"),
            "cannot_be_solved": N_("cannot be solved"),
            "unstated": N_("not stated"),
        },
        "done": {
            "open": N_("The case is open."),
            "take": N_("The case is yours."),
            "assign": N_("It is assigned."),
            "escalate": N_("It is with the vendor."),
            "hand_back": N_("It is back with the seller."),
            "wait": N_("It waits for the customer."),
            "resume": N_("Work goes on."),
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
            "customer": N_("customer"),
            "seller": N_("seller"),
            "partner": N_("partner"),
            "effort_minutes": N_("effort in all"),
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
            "at_work": N_("to be worked on"),
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
        "does": {
            "level_0": N_("works on the cases of Nord's practices, level 0"),
            "level_0_and_books": N_("works beside Ida, and keeps Nord's books"),
            "level_1": N_("solves at level 1 what sellers cannot"),
            "operations_and_books": N_("watches over operations and the vendor's money"),
            "practice": N_("has a practice, asks for help, and answers"),
        },
        "not_now": NOT_NOW_WORDS,
        **ENGINE_ROOM_WORDS,
        **EVENT_WORDS,
        **MONEY_WORDS,
        **SERVICE_LEVEL_WORDS,
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

"""The contract's words as people read them. Each stands here once; the catalogues translate them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from casecore.cases.topics import TOPICS
from casecore.web.rendering.marks import N_ as N_

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
            "service_level_warned": N_("service level at risk"),
            "service_level_missed": N_("service level missed"),
            "service_level_miss_withdrawn": N_("miss withdrawn"),
            "calendar_published": N_("calendar published"),
            "policy_published": N_("policy published"),
            "registered": N_("registered"),
            "changed": N_("changed"),
            "activated": N_("activated"),
            "activation_corrected": N_("day of activation corrected"),
            "transferred": N_("transferred"),
            "cancellation_withdrawn": N_("cancellation withdrawn"),
            "voided": N_("voided"),
            "maintenance_price_set": N_("price of maintenance set"),
            "vat_rate_set": N_("rate of VAT set"),
            "maintenance_fee_fell_due": N_("maintenance fee fell due"),
            "maintenance_fee_reversed": N_("maintenance fee reversed"),
            "maintenance_fee_billed": N_("maintenance fee billed"),
            "maintenance_fee_credited": N_("maintenance fee credited"),
            "document_issued": N_("document issued"),
            "document_correction_decided": N_("correction of a document decided"),
            "settlement_closed": N_("settlement closed"),
            "buyer_held": N_("buyer put on hold"),
            "buyer_released": N_("buyer released"),
            "fee_agreed": N_("fee agreed"),
            "fee_agreement_ended": N_("fee agreement ended"),
            "fee_agreement_withdrawn": N_("fee agreement withdrawn"),
            "fee_memo_recorded": N_("fee memo recorded"),
            "fee_memo_reversed": N_("fee memo reversed"),
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
            "partner": N_("partner"),
            "effort_minutes": N_("minutes in all"),
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

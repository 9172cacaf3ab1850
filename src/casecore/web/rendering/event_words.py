"""The types of events as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from casecore.web.rendering.marks import N_

EVENT_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
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
    }
)

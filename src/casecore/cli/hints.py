"""The command that helps with an error, for each error that has one."""

from __future__ import annotations

from collections.abc import Mapping

from casecore.errors.kinds import CasecoreError

HINTS: Mapping[str, str] = {
    # What the business refuses, or does not find.
    "policy_unknown": "casecore policy list",
    "party_unknown": "casecore party register {party} …",
    "organisation_unknown": "casecore party register {party} …",
    "fee_party_unknown": "casecore party register {party} …",
    "vat_rate_unknown": "casecore billing vat PERCENT --country {country} --from DATE",
    "vat_id_missing": "casecore party change {party} --vat-id …",
    "buyer_status_unknown": "casecore party change {party} --buys-as business …",
    "private_buyer_is_taxed": "casecore party change {party} --buys-as business …",
    "outside_the_scope": "casecore party change {party} --buys-as private …",
    "nothing_to_correct": "casecore party change {buyer} …",
    "already_corrected": "casecore billing explain {document}",
    "settlement_undocumented": "casecore billing close-year {year} --seller {buyer}",
    "document_unknown": "casecore billing documents",
    "settlement_unknown": "casecore billing documents --buyer {seller}",
    "settlement_not_known": "casecore billing documents --buyer {party}",
    "package_cancelled": "casecore licence uncancel {package}",
    "package_unknown": "casecore licence activate {package} …",
    "customer_unknown": "casecore party register {customer} …",
    "seller_unknown": "casecore party register {seller} …",
    "fee_memo_moved_on": "casecore billing fees",
    "memos_are_decided": "casecore billing fees",
    "calendar_not_published": "casecore calendar publish FILE",
    "calendar_file_not_published": "casecore calendar publish {file}",
    "price_missing": "casecore billing price EUROS --from DATE",
    "actor_missing": "casecore … --as ROLE:ORGANISATION:PERSON",
    "not_opened_yet": "casecore … --at INSTANT",
    # What an operator does.
    "key_not_found": "casecore identity list",
    "not_running": "casecore up",
    "addresses_unreadable": "casecore down, then casecore up",
    "wrong_schema": "casecore database migrate",
    "tables_missing": "casecore database migrate",
    "health_port_taken": "casecore … --health-port PORT",
    "port_taken": "CASECORE_HEALTH_PORT=PORT casecore up",
    "api_port_taken": "CASECORE_API_PORT=PORT casecore up",
    "cannot_listen": "casecore serve --port PORT",
    "topic_missing": "casecore topics create",
    "not_authorised": "casecore topics acls",
    "topic_recreated": "casecore topics forget",
    "topic_ahead": "casecore topics create, then casecore topics forget",
    "tail_differs": "casecore topics create, then casecore topics forget",
    "topics_not_full": "casecore topics forget; or casecore rebuild {view}",
    "view_missing": "casecore project {view}, or casecore rebuild {view}",
    "view_outdated": "casecore rebuild {view}",
    "state_unreadable": "casecore rebuild {view}",
    "topic_replaced": "casecore rebuild {view}",
    "offset_lost": "casecore audit; then casecore rebuild {view}",
    "view_has_dependents": "casecore rebuild {view}, once they are dropped",
    "nothing_parked": "casecore quarantine list",
    "key_parked": "casecore quarantine list",
    "invalid_key": "casecore quarantine list",
}
"""By the error's code; fields in braces are those of the error's details."""


def hint_for(error: CasecoreError) -> str | None:
    """The command that helps with this error; None where there is none."""
    hint = HINTS.get(error.code)
    return None if hint is None else hint.format(**error.details)

"""The words of the engine room as operators read them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from casecore.web.rendering.marks import N_

ENGINE_ROOM_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "process": {
            "postgresql": N_("keeps the store and the views"),
            "kafka": N_("keeps the topics"),
            "relay": N_("publishes the store to the topics"),
            "billing": N_("keeps a view"),
            "sla": N_("keeps a view"),
            "timeline": N_("keeps a view"),
            "workload": N_("keeps a view"),
            "watch": N_("records warnings and misses"),
            "api": N_("answers over HTTP"),
            "audit": N_("compares all of it"),
        },
        "health": {
            "ok": N_("is at work"),
            "answering": N_("is answering"),
            "publishing": N_("is publishing"),
            "no difference": N_("has found no difference"),
        },
        "parked": {
            "malformed": N_("not a record of this program"),
            "newer_version": N_("of a newer version than this program reads"),
            "newer_word": N_("with a word that only a newer program knows"),
            "unreadable_body": N_("its body cannot be read"),
            "gap": N_("an event before it is missing"),
            "not_applicable": N_("the view cannot apply it"),
            "refused_by_database": N_("PostgreSQL refuses what follows from it"),
            "behind": N_("waits behind the record before it"),
            "stands_parked": N_("parked before the view was built again"),
        },
        "parked_next": {
            "malformed": N_(
                "Something else wrote into the topic. Find out what, and stop it; then leave the record out."
            ),
            "newer_version": N_("Install the newer program: it tries the record again when it starts."),
            "newer_word": N_("Install the newer program: it tries the record again when it starts."),
            "unreadable_body": N_(
                "The record is damaged. Compare it with the store; what cannot be read anywhere is left out."
            ),
            "gap": N_(
                "Look at what the audit says. If the topics have the missing event, build the view again; "
                "trying again does not help."
            ),
            "not_applicable": N_(
                "It is a fault of the program or of the event. Report it with the record; try again once it "
                "is fixed."
            ),
            "refused_by_database": N_(
                "Read what PostgreSQL says, and fix that, such as a full disk or a missing right; then try "
                "again."
            ),
            "behind": N_("Decide about the record before it first."),
            "stands_parked": N_("Try again: what can be applied by now is applied."),
        },
    }
)
"""By kind of word, then by the word."""

"""What callers ask of any view, as named SQL."""

from __future__ import annotations

FOLDED_EVENTS = "select coalesce(sum(version), 0)::bigint from {schema}.states"
STATE_VERSION = "select version, any_next from {schema}.states where key = %s"
IS_PARKED = "select exists (select from {schema}.quarantine where key = %s)"
WAS_SKIPPED = "select exists (select from {schema}.skipped where key = %s and version = %s)"
SELECT_BUILD = "select build from {schema}.about"

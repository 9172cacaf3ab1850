"""The last part of the story: what the views and the store answer, once the views have all of it."""

from __future__ import annotations

from tests.surface.story_basis import Step

_POLICY = "--policy {root}/docs/service-levels/vendor-end-to-end.toml"
_LATER = "--at 2026-06-01T12:00:00Z"

KEYS_MADE = (
    Step("identity add seller:nord:ida --scope agent --expires 2099-01-01T00:00:00Z"),
    Step("identity add vendor:vendor:vera --scope accountant --scope analyst"),
)
KEYS_SEEN = (
    Step("identity revoke {key}"),
    Step("identity list"),
)

CASES_SEEN = (
    Step("case list", waits=True),
    Step("case list --all --limit 100"),
    Step("case show C-1"),
    Step("case show C-2"),
    Step("case show C-4"),
    Step("case show C-1 --events", "case show --events"),
    Step("case show C-2 --events", "case show --events"),
    Step("case show C-3 --events", "case show --events"),
    Step("case show HD-1 --events", "case show --events"),
    Step("workload"),
    Step("export {folder}/histories --processes 1"),
    Step("replay C-1"),
    Step("replay --all", "replay --all"),
    Step("replay --all --cases", "replay --all --cases"),
    Step("replay --all --cases --csv -", "replay --csv"),
    Step("trace C-1"),
    Step("trace 00000000-0000-4000-8000-000000000001", "trace COMMAND_ID"),
    Step("subscribe --from zero --until-end --types casecore.case.taken"),
)

CLOCKS_SEEN = (
    Step(f"sla case C-1 {_LATER}"),
    Step("sla case C-2"),
    Step(f"sla case C-4 {_LATER}"),
    Step(f"sla due {_LATER}"),
    Step(f"sla report {_LATER}"),
    Step("sla unmatched"),
    Step(f"sla evaluate {{root}}/docs/service-levels/example.jsonl {_POLICY} {_LATER}"),
    Step(f"sla explain C-1 resolution {_LATER}"),
    Step(f"sla explain C-4 resolution {_LATER}"),
    Step(f"sla whatif {_POLICY} {_LATER} --processes 1"),
)

BILLING_SEEN = (
    Step("billing ledger"),
    Step("billing ledger --balance", "billing ledger --balance"),
    Step("billing unbilled"),
    Step("billing unbilled --buyer klinik-west"),
    Step("billing charges"),
    Step("billing charges --yearly", "billing charges --yearly"),
    Step("billing statement klinik-west"),
    Step("billing statement nord --year 2025", "billing statement --year"),
    Step("billing statement sued --year 2025", "billing statement --year"),
    Step("billing documents"),
    Step("billing owed"),
    Step("billing owed --csv -", "billing owed --csv"),
    Step("billing document R-000001"),
    Step("billing document R-000007"),
    Step("billing document R-000008"),
    Step("billing document R-000009"),
    Step("billing explain R-000001", "billing explain NUMBER"),
    Step("billing explain R-000009", "billing explain NUMBER"),
    Step("billing explain P-1001", "billing explain PACKAGE"),
    Step("billing explain P-2002", "billing explain PACKAGE"),
    Step("billing explain nord/2025", "billing explain SELLER/YEAR"),
)

EXPORTS = (
    Step("billing ledger --csv -", "billing ledger --csv"),
    Step("billing ledger --balance --csv -", "billing ledger --balance --csv"),
    Step("billing unbilled --csv -", "billing unbilled --csv"),
    Step("billing charges --csv -", "billing charges --csv"),
    Step("billing charges --yearly --csv -", "billing charges --yearly --csv"),
    Step("billing statement klinik-west --csv -", "billing statement --csv"),
    Step("billing statement nord --year 2025 --csv -", "billing statement --year --csv"),
)
"""Of these the first line is kept: the names of the columns."""

GENERATED = (
    Step("generate --cases 2 --start 2025-01-01 --customers 2"),
    Step("generate --cases 2 --start 2025-01-01 --customers 2 --print", "generate --print"),
)

PROCESSES = (Step("status"),)

COMPARED = (
    Step("quarantine list"),
    Step("quarantine retry workload"),
    Step("audit --processes 1"),
    Step("rebuild timeline --processes 1"),
)

DIFFERENT = (
    Step("quarantine list", ends=5),
    Step("quarantine retry workload", ends=5),
    Step("audit --processes 1", ends=5),
    Step("quarantine skip workload {forged} --because forged"),
    Step("rebuild workload --processes 1", ends=5),
)
"""After a forged record was parked, and a row of the view was changed by hand."""

"""Invocations of every kind of ending, as they are typed in a shell, by where they are given.

`{folder}` is the installation's folder, `{root}` the checkout, `{taken}` a port on which somebody answers.
"""

from __future__ import annotations

_IDA = "--as seller:nord:ida"
_VERA = "--as vendor:vendor:vera"
_OPEN = "case open --customer praxis-ost --seller nord --topic activation"
_POLICY = "{root}/docs/service-levels/vendor-end-to-end.toml"
_EXAMPLE = "{root}/docs/service-levels/example.jsonl"
_MAPPING = "--mapping {root}/data/helpdesk.toml"
_TWICE = "--command-id 00000000-0000-4000-8000-00000000c001"

_USAGE = (
    "",
    "case",
    "fly",
    "--version",
    "case fly",
    "case take",
    "case take C-4 --colour red",
    "case list --level 7",
    "case list --limit 0",
    "case effort C-4 --minutes many",
    "case topics",
    f"import nowhere.csv {_MAPPING}",
    "submit nowhere.jsonl",
)

_SETTINGS = (
    "CASECORE_FOO=1 party list",
    "CASECORE_SERVICE_HOST=1 party list",
    "CASECORE_REPLICATION=1 CASECORE_VENDOR=vendor CASECORE_HEALTH_HOST=127.0.0.1 party list",
    "CASECORE_REPLICATION=ten party list",
    "CASECORE_HEALTH_PORT=0 party list",
    "CASECORE_DATABASE=nonsense party list",
    "CASECORE_TOPIC_PREFIX='a b' party list",
    "CASECORE_VENDOR=' ' party list",
    "CASECORE_ACTOR= case take C-4",
    "CASECORE_ACTOR=king:nord:ida case take C-4",
    "relay --health-port {taken}",
)

_INPUT = (
    f"case take C-4 --at yesterday {_IDA}",
    f"case take C-4 --at 2026-03-02T09:00 {_IDA}",
    f"case take C-4 --command-id one {_IDA}",
    f"{_OPEN} --licence-package one {_IDA}",
    "project sales",
    "rebuild sales",
    "quarantine list sales",
    "import {root}/README.md --mapping {root}/README.md --rejects {folder}/none.csv",
    "import {folder}/log-broken-at-once.xes " + _MAPPING,
    "import {folder}/log.xes.gz " + _MAPPING + " --rejects {folder}",
    "party import {root}/README.md --rejects {folder}/none.csv",
    "calendar check {folder}/broken.toml",
    "policy check {folder}/broken.toml",
    "policy publish {folder}/homeless.toml",
    "policy publish {root}/docs/service-levels/campus-user-support.toml --as partner:campus:carl",
    "calendar show nowhere",
    "calendar between 2026-03-09T09:00Z 2026-03-06T09:00Z --calendar berlin",
    "calendar between 1999-03-09T09:00Z 2026-03-06T09:00Z --calendar berlin",
    "calendar add 2026-03-09T09:00Z soon --calendar berlin",
    "policy show nowhere",
    "sla evaluate {folder}/broken.jsonl",
    f"sla evaluate {_EXAMPLE} --policy {{folder}}/broken.toml",
    f"sla evaluate {_EXAMPLE} --at 1999-01-01T00:00:00Z",
    "sla whatif",
    "sla case C-1 --at 2026-03-01T00:00:00Z",
    "sla explain C-1 next_reply --number 9",
    "sla report --since March",
    "billing run --until 2199-01-01",
    "billing price 0 --from 2027-01-01",
    "billing price -1 --from 2027-01-01",
    "billing price 99.00 --from soon",
    "billing vat much --from 2027-01-01",
    "billing ledger --csv - --json",
    "billing ledger --csv {folder}",
    "billing charges --yearly --owed-by nord",
    "billing statement nord --year 1999",
    "billing document R-000001 --pdf {folder}/log.xes.gz",
    "billing document R-000001 --pdf {folder}/nowhere/one.pdf",
    "billing explain nothing",
    "billing fee-agreement set nord --service level_0 --from 2027-01-01 --free --yearly 1.00",
    "billing fee-statement nord 2026 --as-of 999999",
    "topics forget",
    "generate --cases 2 --start 2198-01-01",
    "generate --cases 0 --start 2025-01-01",
)

_REFUSED = (
    f"case take C-99 {_IDA}",
    "case show C-99",
    "sla case C-99",
    f"case close C-4 {_IDA}",
    f"case take C-3 {_IDA}",
    "case take C-3 --as customer:klinik-west:karl",
    f"case wait C-4 --at 2199-01-01T00:00:00Z {_IDA}",
    f"case wait C-4 --at 2020-01-01T00:00:00Z {_IDA}",
    f"{_OPEN} --reference $'C-\\x07' {_IDA}",
    f"case take C-4 {_TWICE} {_IDA}",
    f"case policy C-4 --policy nowhere --reason tried {_IDA}",
    "policy pin nowhere --reason tried",
    "calendar publish {root}/docs/service-levels/calendars/nord.toml",
    "party show nobody",
    "party change nobody --role customer --name X --street X --postal-code 1 --city X --country DE",
    "licence show P-99",
    "licence cancel P-99 --from 2026-03-01",
    f"billing price 99.00 --from 2027-01-01 {_IDA}",
    "billing document R-999999",
    "billing explain R-999999",
    "billing explain nord/1999",
    "billing close-year 2199 --seller nord",
    "billing close-year 2025 --seller praxis-ost",
    "billing release nord --country DE --tax standard --reason tried",
    "billing fees --until 2026-06-30 --party nobody",
    "billing fee-statement nobody 2026",
    "billing fee-agreement withdraw nord 9",
    "submit {folder}/refused.jsonl",
    "submit {folder}/broken.jsonl",
    "quarantine retry workload --key nothing",
    "quarantine skip workload nothing --because tried",
)

_PARTLY = (
    f"import {{folder}}/log-broken-off.xes {_MAPPING}",
    "party import {folder}/parties-wrong.csv",
    "quarantine list",
    "quarantine list workload",
    "quarantine retry timeline",
    f"policy pin vendor-level-1 --reason tried {_IDA}",
    "billing close-year 2199",
)

_AMISS = (
    "quarantine retry workload --key hex:zz",
    "quarantine skip workload hex:zz --because tried",
    "CASECORE_TOPIC_PREFIX=nothing-there audit --json",
    "CASECORE_TOPIC_PREFIX=nothing-there topics forget",
    "CASECORE_TOPIC_PREFIX={other} topics create",
    "CASECORE_KAFKA=127.0.0.1:1 topics create",
    "CASECORE_HOME={folder}/third CASECORE_HEALTH_PORT={taken} up",
)

_DONE = (
    "topics create",
    "database migrate",
    "party list",
    "submit {folder}/repeated.jsonl",
)

GIVEN: dict[str, tuple[str, ...]] = {
    "on the installation": (*_USAGE, *_SETTINGS, *_INPUT, *_REFUSED, *_PARTLY, *_AMISS, *_DONE),
    "where no servers are": (
        "case list",
        f"case take C-1 {_IDA}",
        "calendar list",
        "calendar check {root}/docs/service-levels/calendars/berlin.toml",
        f"policy check {_POLICY}",
        f"sla evaluate {_EXAMPLE} --policy {_POLICY}",
        "generate --cases 2 --start 2025-01-01 --print",
        "audit",
        "relay",
        "project workload",
        "topics create",
        "database migrate",
        "status",
        "down",
        "demo --log nowhere.xes",
    ),
    "where nobody listens": (
        "case list",
        f"case take C-1 {_IDA}",
        "case show C-1",
        "workload",
        "billing ledger",
        "party list",
        "quarantine list",
        "quarantine retry workload",
        "database migrate",
    ),
    "on a database without tables": (
        "case list",
        f"case take C-1 {_IDA}",
        "case show C-1",
        "submit {folder}/refused.jsonl",
        "relay",
        "audit --follow",
        "party list",
        "quarantine list",
    ),
    "on a database without views": (
        "case list",
        "case show C-1",
        "workload",
        "sla due",
        "billing ledger",
        "quarantine list",
        "party list",
    ),
}

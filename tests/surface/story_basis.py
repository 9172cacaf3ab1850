"""The first part of the story that is played on the installation: parties, packages, calendars, policies."""

from __future__ import annotations

from typing import NamedTuple


class Step(NamedTuple):
    """A command as it is typed, without `casecore` and without `--json`.

    `shown_as` is the name under which its shape is kept; the command's own words, if it is empty. `ends` is
    its exit code. With `waits`, the views have folded all that was stored before. In `line`, `{folder}` is
    the installation's folder, and `{root}` the checkout.
    """

    line: str
    shown_as: str = ""
    ends: int = 0
    waits: bool = False


VERA = "--as vendor:vendor:vera"
IDA = "--as seller:nord:ida"
PAUL = "--as partner:sued:paul"
OEHLER = "--as customer:praxis-ost:oehler"

_VIENNA = (
    '--role customer --name "Ordination Wien" --street "Ring 1" --postal-code 1010 --city Wien --country AT'
)
_LEVELS = "{root}/docs/service-levels"

PARTIES = (
    Step("party import {folder}/parties.csv"),
    Step("party import {folder}/parties.csv"),
    Step("party import {folder}/parties-wrong.csv", ends=5),
    Step(f"party register praxis-wien {_VIENNA} --command-id 00000000-0000-4000-8000-000000000001"),
    Step(f"party register praxis-wien {_VIENNA} --command-id 00000000-0000-4000-8000-000000000001"),
    Step(f"party change praxis-wien {_VIENNA} --vat-id ATU13585627"),
    Step(f"party change praxis-wien {_VIENNA} --vat-id ATU13585627"),
    Step("party show nord"),
    Step("party show praxis-wien"),
    Step("party list"),
)

PACKAGES = (
    Step("licence import {folder}/licences.csv"),
    Step("licence import {folder}/licences-wrong.csv", ends=5),
    Step(
        "licence activate P-2001 --customer praxis-wien --seller vendor --type standard "
        "--program-version 7.2 --from 2025-03-01"
    ),
    Step(
        "licence activate P-2002 --customer praxis-ost --seller vendor --type multi --program-version 7.2 "
        "--from 2025-04-01 --seats 5"
    ),
    Step(
        "licence activate P-2003 --customer praxis-ost --seller nord --type viewer --program-version 7.2 "
        "--from 2026-01-10"
    ),
    Step("licence change P-2002 --program-version 7.3 --seats 8"),
    Step("licence assign P-2003 --seller sued --from 2026-05-01"),
    Step("licence cancel P-2003 --from 2026-11-01"),
    Step('licence void P-2003 --reason "typed twice"'),
    Step("licence show P-1001"),
    Step("licence show P-1003"),
    Step("licence show P-2002"),
    Step("licence show P-2003"),
)

SERVICE_LEVELS = (
    # Opened before anything is published, so that they have no policy.
    Step(
        "case open --customer praxis-ost --seller nord --topic recovery --reference C-0 "
        f"--at 2026-03-02T08:00:00Z {IDA}"
    ),
    Step(
        "case open --customer klinik-west --seller vendor --topic recovery --reference C-7 "
        "--at 2026-03-02T08:00:00Z"
    ),
    Step(f"calendar check {_LEVELS}/calendars/berlin.toml"),
    Step(f"calendar publish {_LEVELS}/calendars/berlin.toml"),
    Step(f"calendar publish {_LEVELS}/calendars/berlin.toml"),
    Step(f"calendar publish {_LEVELS}/calendars/nord.toml {IDA}"),
    Step("calendar list"),
    Step("calendar show berlin"),
    Step("calendar between 2026-03-06T15:00+01:00 2026-03-09T09:00+01:00 --calendar berlin"),
    Step("calendar add 2026-03-06T16:00+01:00 PT4H --calendar berlin"),
    Step(f"policy check {_LEVELS}/vendor-end-to-end.toml"),
    Step(f"policy check {_LEVELS}/campus-user-support.toml"),
    Step(f"policy publish {_LEVELS}/vendor-end-to-end.toml"),
    Step(f"policy publish {_LEVELS}/vendor-level-1.toml"),
    Step(f"policy publish {_LEVELS}/nord-level-0.toml {IDA}"),
    Step("policy list"),
    Step("policy show vendor-end-to-end"),
    Step("policy show nord-level-0"),
    Step('case policy C-7 --policy vendor-end-to-end --reason "by hand"'),
    Step(f"policy pin vendor-end-to-end --reason imported {IDA}", ends=5),
    Step("policy pin vendor-end-to-end --reason imported"),
)

"""Five years of maintenance by the program's own processes, killed midway, and reckoned a second time.

`CASES_SEED=7 make test TESTS=tests/journeys/test_billing.py` draws another business, and other kills.
"""

from __future__ import annotations

import json
import os
import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from io import BytesIO
from itertools import chain
from typing import Any
from xml.etree import ElementTree

import psycopg
from pypdf import PdfReader

from casecore.documents.schematron import schematron_faults
from tests.journeys.billing import seen
from tests.journeys.billing.reckoning import Reckoning, reckoned
from tests.journeys.billing.steps import Activated, Charged, Invoiced, Run, Settled, Step
from tests.journeys.billing.story import PACKAGES, RESELLERS, story
from tests.journeys.billing.submitted import commands
from tests.journeys.harness.program import NO_HEALTH, Program
from tests.waiting import wait_until

TOTALS = ("TaxBasisTotalAmount", "TaxTotalAmount", "GrandTotalAmount")

USUAL_SEED = 20260302
SEED = int(os.environ.get("CASES_SEED", str(USUAL_SEED)))
RACED = {(1, 0), (1, 1), (3, 0), (4, 1)}
"""Stages and their groups of runs, of which one is started twice at once, and killed midway."""
DONE, HELD = 0, 5
"""How a run ends: with 5 if it did all it could, and a buyer is held."""


def test_every_total_is_reckoned_twice_whatever_is_killed(program: Program) -> None:
    chance = random.Random(SEED)
    stages = story(chance)
    # Given five years, in each of which something becomes known, and fees are charged, settled and invoiced
    steps: list[Step] = []
    met = []
    for number, stage in enumerate(stages):
        start_path(program)
        lines = (json.dumps(command) + "\n" for command in commands(chance, stage.known))
        program.run("submit", "-", given="".join(lines))
        steps += stage.known
        for place, group in enumerate(stage.runs):
            # When a run is started twice at once, and one of the two is killed midway; and so is the path
            if (number, place) in RACED:
                met.append(race(program, chance, group))
            else:
                finish(program, start_all(program, group))
            steps += group
        if number == 2:
            program.kill(chance.choice(("relay", "billing")))
    assert sum(met) >= len(met) - 2, f"of {len(met)} kills {sum(met)} met a run (seed {SEED})"
    start_path(program)
    wait_until(lambda: seen.is_folded(program.database), f"the view has all\n{program.complaints()}")

    # Then every charge, document, settlement and balance is as it is reckoned from the steps alone
    reckoning = reckoned(steps)
    assert len({charge.fee.package for charge in reckoning.charges}) > PACKAGES - 20
    compare(program.database, reckoning)
    check_archive(program.database)
    # And what is settled stays so, byte for byte
    check_settled_for_good(program, reckoning)


def test_the_story_has_what_it_is_for() -> None:
    stages = story(random.Random(USUAL_SEED))
    reckoning = reckoned(step for stage in stages for step in (*stage.known, *chain(*stage.runs)))
    assert (
        len({step.package for stage in stages for step in stage.known if isinstance(step, Activated)})
        == PACKAGES
    )
    # Documents of two rates, of none, and corrections for each reason
    documents = list(reckoning.documents.values())
    assert {len(document.taxes) for document in documents} == {1, 2}
    assert {document.reason for document in documents} == {None, "rate", "reversed"}
    lines = [line for document in documents for line in document.lines]
    taxes = [("standard", Fraction(19)), ("standard", Fraction(16)), ("reverse_charge", Fraction(0))]
    assert {line.tax for line in lines} == set(taxes)
    assert {line.late for line in lines} == {True, False}
    # Credits that are only right because those before them are known
    by_itself = [(net, percent, vat) for one in documents for ((_, percent), net, vat) in one.taxes]
    assert any(vat != int(net * percent / 100 + Fraction(1, 2)) for net, percent, vat in by_itself)
    # Fees that were taken from a reseller and asked from a customer, and the other way round
    obligors = defaultdict(list)
    for charge in reckoning.charges:
        obligors[charge.fee.package, charge.fee.start].append(charge.fee.obligor)
    changed = {tuple(each) for each in obligors.values()}
    assert {("reseller", "customer"), ("customer", "reseller")} <= changed
    # Fees that were taken from one customer and asked from another, of a reseller and of the vendor
    customers = defaultdict(set)
    for charge in reckoning.charges:
        customers[charge.fee.package, charge.fee.start, charge.fee.obligor].add(charge.fee.customer)
    sold = {obligor for (_, _, obligor), names in customers.items() if len(names) > 1}
    assert sold == {"reseller", "customer"}
    # Both prices, anniversaries of a leap day, and something that is held to the end
    assert {charge.fee.net for charge in reckoning.charges} == {9_900, 9_999}
    starts = {charge.fee.start for charge in reckoning.charges}
    assert {date(2020, 2, 29), date(2021, 2, 28)} <= starts
    assert {buyer for buyer, _, _ in reckoning.held_items()} == {"praxis-basel"}


def start_path(program: Program) -> None:
    """What a supervisor does: start the relay and the view, unless they run."""
    program.start("relay", "relay", *NO_HEALTH)
    program.start("billing", "project", "billing", *NO_HEALTH)


def start_run(program: Program, step: Run, name: str) -> str:
    """Start the run of a step in the background; returns its name."""
    arguments: tuple[str, ...]
    match step:
        case Charged(until):
            arguments = ("run", "--until", str(until))
        case Settled(year):
            arguments = ("close-year", str(year))
        case Invoiced():
            arguments = ("invoice",)
    printed = program.folder / f"{name}.json"
    printed.unlink(missing_ok=True)
    program.start(name, "billing", *arguments, "--json", stdout=printed)
    return name


def start_all(program: Program, group: list[Run]) -> list[str]:
    """Start all runs of a group at once; returns their names."""
    return [start_run(program, step, type(step).__name__) for step in group]


def has_ended(program: Program, name: str) -> bool:
    return program.ended(name) is not None


def finish(program: Program, names: list[str]) -> None:
    """Wait until the runs have ended, and well."""
    for name in names:
        wait_until(partial(has_ended, program, name), f"{name} ends\n{program.complaints()}")
        assert program.ended(name) in (DONE, HELD), f"{name}: {program.complaints()}"
        result = json.loads((program.folder / f"{name}.json").read_text())
        assert result.get("failed", {}) == {}, f"{name}: {result['failed']}"


def race(program: Program, chance: random.Random, group: list[Run]) -> bool:
    """Start all runs of a group, and one of them twice; kill that when something new is recorded.

    Returns whether it was running then.
    """
    kind = chance.choice(["settlement_closed", "document_issued", "fee_billed"])
    if isinstance(group[0], Charged):
        kind = "fee_fell_due"
    with psycopg.connect(program.database, autocommit=True) as connection:

        def recorded() -> int:
            query = "select count(*) from casecore.stored_events where topic like %s"
            found = connection.execute(query, [f"%{kind}%"]).fetchone()
            return 0 if found is None else int(found[0])

        before = recorded()
        victim = start_run(program, chance.choice(group), "victim")
        others = start_all(program, group)
        wait_until(
            lambda: recorded() > before or program.ended(victim) is not None,
            f"{kind} is recorded\n{program.complaints()}",
            pause_seconds=0.002,
        )
    was_running = program.ended(victim) is None
    program.kill(victim)
    finish(program, others)
    return was_running


def compare(database: str, reckoning: Reckoning) -> None:
    """The view against the reckoning: each charge, document, settlement and sum."""
    assert seen.ask(database, "select * from billing.unbalanced") == []
    of = seen.papers(database)
    charges = {
        (one.fee.package, one.number): seen.ChargeState(one.fee, one.is_reversed, one.billed)
        for one in reckoning.charges
    }
    differ("settlements", seen.settlements(database), reckoning.settlements)
    differ("documents", seen.documents(database, of), reckoning.documents)
    assert sorted(of) == [f"R-{number:06}" for number in range(1, len(of) + 1)]
    differ("charges", seen.charges(database, of), charges)
    differ("unbilled", seen.unbilled(database), reckoning.unbilled())
    differ("held", seen.held_items(database), reckoning.held_items())
    differ("balances", seen.balances(database), reckoning.balances())


def differ(what: str, program: Mapping[Any, object], reckoned: Mapping[Any, object]) -> None:
    """Fail with the first things that differ, and how many do."""
    keys = [key for key in {**reckoned, **program} if key not in program or key not in reckoned]
    keys += [key for key in reckoned if key in program and reckoned[key] != program[key]]
    shown = "".join(
        f"\n{key}\n  program  {program.get(key, 'has it not')}\n  reckoned {reckoned.get(key, 'has it not')}"
        for key in keys[:3]
    )
    assert not keys, f"{what}: {len(keys)} differ (seed {SEED}){shown[:6_000]}"


def check_archive(database: str) -> None:
    """Every document is archived, and its e-invoice has the same amounts; one of a kind is checked fully."""
    documents = seen.ask(database, "select * from billing.documents order by version")
    archived = seen.archived(database)
    checked = set()
    for row in documents:
        xml = bytes(PdfReader(BytesIO(archived[row.number])).attachments["factur-x.xml"][0])
        root = ElementTree.fromstring(xml)
        sums = "{*}SpecifiedTradeSettlementHeaderMonetarySummation/"
        amounts = [root.findtext(f".//{sums}{{*}}{name}") for name in TOTALS]
        assert root.findtext("{*}ExchangedDocument/{*}ID") == row.number
        assert amounts == [
            str(Decimal(row.sign * cents).scaleb(-2))
            for cents in (row.net_cents, row.vat_cents, row.gross_cents)
        ]
        if row.kind not in checked:
            checked.add(row.kind)
            assert schematron_faults(xml) == []
    assert checked == {"invoice", "settlement", "correction"}


def check_settled_for_good(program: Program, reckoning: Reckoning) -> None:
    """The view is built again, and a closed year closed again: nothing differs, and nothing is new."""
    year = max(year for _, year in reckoning.settlements)
    seller = max(RESELLERS, key=lambda one: reckoning.settlements[one, year].credits)
    program.start_all()  # an audit compares all views
    before = statement(program, seller, year)
    closed = json.loads((program.folder / "Settled.json").read_text())
    assert {one["seller"]: one["gross_cents"] for one in closed["settlements"]} == {
        one: reckoning.settlements[one, year].gross for one in RESELLERS
    }
    program.run("rebuild", "billing")
    assert statement(program, seller, year) == before
    again = json.loads(program.run("billing", "close-year", str(year), "--json"))
    assert again == {**closed, "documents": []}
    there = (
        "select 1 where to_regclass('sla.cases') is not null and to_regclass('timeline.events') is not null"
    )
    there += " and to_regclass('workload.cases') is not null"
    wait_until(lambda: bool(seen.ask(program.database, there)), f"all views\n{program.complaints()}")
    program.run("audit")


def statement(program: Program, seller: str, year: int) -> str:
    """What the program prints of a settlement, with all its lines."""
    return program.run("billing", "statement", seller, "--year", str(year), "--json")

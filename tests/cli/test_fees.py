"""`casecore billing fee-agreement|fees|fee-statement`: agreed, kept, stated; and what is refused in words."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from casecore.app.deciders import DECIDERS
from casecore.cases.commands import CaseCommand, OpenCase, ResolveCase, TakeCase
from casecore.commands.bus import CommandBus
from casecore.contract.cases import Category
from casecore.contract.envelope import Role
from casecore.contract.parties import PartyRole
from casecore.decider.command import GivenActor
from casecore.parties.commands import PartyCommand, RegisterParty
from casecore.runs.set_up import set_up
from tests.cli.asking import asked, error_of, run, use

SYSTEM = GivenActor("import", "vendor", Role.SYSTEM)
AGREEMENT = ("billing", "fee-agreement")
SET = (*AGREEMENT, "set", "nord", "--service", "level_0", "--as", "seller:nord:n.haas")


@pytest.fixture
def installation(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reseller with a customer, whose case it has resolved on 2026-03-02."""
    use(database, monkeypatch)
    with CommandBus(database, DECIDERS, "vendor") as bus:
        set_up(bus)
        for party, role in (("nord", PartyRole.RESELLER), ("praxis-ost", PartyRole.CUSTOMER)):
            do = RegisterParty(
                roles=(role,), name=party, street="Kai 1", postal_code="24103", city="Kiel", country="DE"
            )
            bus.give(PartyCommand(command_id=uuid4(), actor=SYSTEM, party=party, do=do))
        opening = OpenCase(
            customer="praxis-ost", seller="nord", category=Category.TECHNICAL_SUPPORT, topic="backup_set_up"
        )
        for hour, action in enumerate((opening, TakeCase(), ResolveCase(resolution_code="solved"))):
            at = datetime(2026, 3, 2, 9 + hour, tzinfo=UTC)
            bus.give(CaseCommand(command_id=uuid4(), actor=SYSTEM, occurred_at=at, case="C-1", do=action))


def test_a_seller_agrees_a_fee_the_run_keeps_it_and_the_statement_states_it(installation: None) -> None:
    # When a fee by topic is agreed, then it is listed
    assert "fee agreed" in run(*SET, "--topic", "backup_set_up=45.50", "--from", "2026-01-01")
    listed = run(*AGREEMENT, "list", "nord")
    assert "backup_set_up 45.50" in listed
    assert max(map(len, listed.splitlines())) <= 80
    # When the run runs twice, then one memo is recorded
    assert "1 memos recorded, 0 taken back" in run("billing", "fees", "--until", "2026-06-30")
    kept = asked("billing", "fees", "--until", "2026-06-30", "--party", "nord")
    assert kept == {"until": "2026-06-30", "recorded": 0, "reversed": 0, "left": 0, "left_out": []}
    # Then the statement states it, with tax, and names the events it came from
    shown = run("billing", "fee-statement", "nord", "2026")
    for words in ("C-1, backup_set_up", "praxis-ost", "19 %", "8.65", "together EUR 54.15"):
        assert words in shown, shown
    assert max(map(len, shown.splitlines())) <= 80
    stated = asked("billing", "fee-statement", "nord", "2026")
    assert (stated["net_cents"], stated["vat_cents"], stated["change"]) == (4550, 865, None)
    (memo,) = stated["customers"][0]["memos"]
    assert memo["caused_by"]["version"] == 3
    # When the agreement is withdrawn, and the run has run, then the change since then takes it back.
    assert "fee agreement withdrawn" in run(*AGREEMENT, "withdraw", "nord", "1", "--as", "seller:nord:n.haas")
    assert "0 memos recorded, 1 taken back" in run("billing", "fees")
    since = str(stated["as_of_position"])
    changed = asked("billing", "fee-statement", "nord", "2026", "--since", since)
    assert (changed["gross_cents"], changed["change"]["gross_cents"]) == (0, -5415)
    assert "difference: net -45.50" in run("billing", "fee-statement", "nord", "2026", "--since", since)
    then = asked("billing", "fee-statement", "nord", "2026", "--as-of", since)
    assert then["gross_cents"] == 5415


def test_an_agreement_is_ended(installation: None) -> None:
    run(*SET, "--yearly", "120", "--from", "2026-01-01", "--no-vat")
    run(*AGREEMENT, "end", "nord", "1", "--from", "2027-01-01", "--as", "seller:nord:n.haas")
    (agreement,) = asked(*AGREEMENT, "list", "nord")
    assert agreement["ended_from_on"] == "2027-01-01"
    assert agreement["terms"] == {"kind": "yearly", "net_cents": 12000}
    assert "vat_country" not in agreement


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--yearly", "-1", "--from", "2026-01-01"), 2, "--yearly: '-1' is not an amount in euros"),
        (("--from", "2026-01-01"), 2, "give one of --free, --yearly, --each-case, --topic and --hourly"),
        (("--free", "--yearly", "1", "--from", "2026-01-01"), 2, "and only one"),
        (
            ("--topic", "tea=5", "--from", "2026-01-01"),
            3,
            "names the topic tea, which is not a topic of level_0",
        ),
        (("--topic", "recovery", "--from", "2026-01-01"), 2, "--topic 'recovery': give TOPIC=EUROS"),
        (("--topic", "recovery=x", "--from", "2026-01-01"), 2, "--topic: 'x' is not an amount in euros"),
        (("--yearly", "1", "--from", "soon"), 2, "--from 'soon' is not a date"),
        (("--yearly", "1", "--from", "1989-12-31"), 3, "from_on is 1989-12-31"),
        (("--yearly", "1", "--from", "2026-01-01", "--vat", "Germany"), 3, "vat_country"),
        (("--yearly", "1", "--from", "2026-01-01", "--customer", "nobody"), 3, "customer is nobody"),
        (("--hourly", "1", "--from", "2026-01-01"), 3, "terms are effort, which level_0 does not have"),
    ],
)
def test_wrong_input_is_refused_and_changes_nothing(
    installation: None, options: tuple[str, ...], code: int, words: str
) -> None:
    assert words in error_of(*SET, *options, exits=code)
    assert asked(*AGREEMENT, "list", "nord") == []


def test_an_unknown_party_and_a_day_or_a_position_that_is_not_there_are_refused(installation: None) -> None:
    for command in (
        (*AGREEMENT, "list", "nobody"),
        ("billing", "fees", "--party", "nobody"),
        ("billing", "fee-statement", "nobody", "2026"),
    ):
        assert "There is no party nobody: register it" in error_of(*command, exits=3)
    assert "2199-01-01 lies after today" in error_of("billing", "fees", "--until", "2199-01-01")
    beyond = error_of("billing", "fee-statement", "nord", "2026", "--since", "999999")
    assert "position 999999 lies after the end of the log" in beyond

"""`casecore billing fee-agreement …`: what sellers and support partners charge their own customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from casecore.app.billing.fees import fee_agreements
from casecore.app.billing.terms import act_on_fee_agreements
from casecore.billing.fees.commands import AgreeFee, EndFeeAgreement, WithdrawFeeAgreement
from casecore.billing.fees.refusals import FeeTopicUnknown
from casecore.cli.command_options import JsonOption, read_amount, read_day
from casecore.cli.door import opened
from casecore.cli.output import Columns, PrintedColumn, number, print_rows
from casecore.cli.stream_commands import on_a
from casecore.contract.fees import (
    FeeAgreement,
    FeeByEffort,
    FeeByTopic,
    FeeForEachCase,
    FeeService,
    FeeTerms,
    NoFee,
    TopicAmount,
    YearlyFee,
)
from casecore.errors.kinds import InvalidInput
from casecore.money.cents import euros
from casecore.runs.fee_deciders import FEE_TOPICS

app = typer.Typer(no_args_is_help=True, help="What sellers and partners charge: agree, end, withdraw, list.")

PartyArgument = Annotated[
    str, typer.Argument(metavar="PARTY", help="The seller or support partner, such as nord.")
]
NumberArgument = Annotated[
    int, typer.Argument(metavar="NUMBER", min=1, help="One of `casecore billing fee-agreement list`.")
]

on_fee_agreements = on_a("party", PartyArgument, act_on_fee_agreements, timed=False)

_AGREED: Columns[FeeAgreement] = (
    number("", lambda one: one.number),
    PrintedColumn("service", lambda one: one.service.value),
    PrintedColumn("customer", lambda one: one.customer or "all others"),
    PrintedColumn("from", lambda one: one.from_on),
    PrintedColumn("ended from", lambda one: "withdrawn" if one.is_withdrawn else one.ended_from_on),
    PrintedColumn("charges", lambda one: _in_words(one.terms)),
    PrintedColumn("tax of", lambda one: one.vat_country or "no tax"),
)


@app.command("set")
@on_fee_agreements
def set_agreement(
    service: Annotated[FeeService, typer.Option(help="A seller's level 0, or a partner's user support.")],
    from_on: Annotated[str, typer.Option("--from", metavar="DATE", help="The first day on which it holds.")],
    customer: Annotated[str | None, typer.Option(help="Only this customer; else all without their own.")] = (
        None
    ),
    free: Annotated[bool, typer.Option("--free", help="Nothing is charged.")] = False,
    yearly: Annotated[str, typer.Option(metavar="EUROS", help="For each year of a customer, net.")] = "",
    each_case: Annotated[str, typer.Option(metavar="EUROS", help="For each case, once, net.")] = "",
    topic: Annotated[
        list[str] | None,
        typer.Option(metavar="TOPIC=EUROS", help="For each case about a topic, once; again for more topics."),
    ] = None,
    hourly: Annotated[str, typer.Option(metavar="EUROS", help="For each hour of effort, net.")] = "",
    vat: Annotated[str, typer.Option(metavar="COUNTRY", help="Whose tax is charged; two letters.")] = "DE",
    no_vat: Annotated[bool, typer.Option("--no-vat", help="A small business, which charges no tax.")] = False,
) -> AgreeFee:
    """Record what a party charges from a day on: one of --free, --yearly, --each-case, --topic, --hourly.

    It replaces, from that day on, what was agreed for the same customers.

    Example: casecore billing fee-agreement set nord --service level_0 --yearly 120.00 --from 2026-01-01
    --as seller:nord:n.haas
    """
    return AgreeFee(
        service=service,
        customer=customer,
        from_on=read_day("--from", from_on),
        terms=_terms(service, free, yearly, each_case, topic or [], hourly),
        vat_country=None if no_vat else vat,
    )


@app.command()
@on_fee_agreements
def end(
    number: NumberArgument,
    from_on: Annotated[str, typer.Option("--from", metavar="DATE", help="The first day without it.")],
) -> EndFeeAgreement:
    """Let an agreement hold until the day before; a day that was given before is replaced.

    Example: casecore billing fee-agreement end nord 1 --from 2027-01-01 --as seller:nord:n.haas
    """
    return EndFeeAgreement(agreement=number, from_on=read_day("--from", from_on))


@app.command()
@on_fee_agreements
def withdraw(number: NumberArgument) -> WithdrawFeeAgreement:
    """Take back an agreement that was recorded by mistake; the next run takes back what followed from it.

    Example: casecore billing fee-agreement withdraw nord 1 --as seller:nord:n.haas
    """
    return WithdrawFeeAgreement(agreement=number)


@app.command("list")
def list_agreements(party: PartyArgument, as_json: JsonOption = False) -> None:
    """List what a party charges and charged, also what was withdrawn.

    Example: casecore billing fee-agreement list nord
    """
    with opened() as app:
        agreed = [one.agreement for one in fee_agreements(app, party)]
        print_rows(f"What {party} charges (EUR, net)", _AGREED, agreed, as_json)


def _terms(
    service: FeeService, free: bool, yearly: str, each_case: str, topics: Sequence[str], hourly: str
) -> FeeTerms:
    given: list[FeeTerms] = []
    if free:
        given.append(NoFee())
    if yearly:
        given.append(YearlyFee(read_amount("--yearly", yearly)))
    if each_case:
        given.append(FeeForEachCase(read_amount("--each-case", each_case)))
    if topics:
        given.append(FeeByTopic(tuple(_topic_amount(service, text) for text in topics)))
    if hourly:
        given.append(FeeByEffort(read_amount("--hourly", hourly)))
    if len(given) != 1:
        raise InvalidInput("give one of --free, --yearly, --each-case, --topic and --hourly, and only one")
    return given[0]


def _topic_amount(service: FeeService, text: str) -> TopicAmount:
    topic, is_there, amount = text.partition("=")
    if not is_there:
        raise InvalidInput(f"--topic {text!r}: give TOPIC=EUROS, such as backup_set_up=45.00")
    if topic not in FEE_TOPICS[service]:
        raise FeeTopicUnknown(topic, service.value, tuple(FEE_TOPICS[service]))
    return TopicAmount(topic, read_amount("--topic", amount))


def _in_words(terms: FeeTerms) -> str:
    match terms:
        case NoFee():
            return "nothing"
        case YearlyFee(net_cents=cents):
            return f"{euros(cents)} a year"
        case FeeForEachCase(net_cents=cents):
            return f"{euros(cents)} a case"
        case FeeByTopic(amounts=amounts):
            return ", ".join(f"{one.topic} {euros(one.net_cents)}" for one in amounts)
        case FeeByEffort(cents_per_hour=cents):
            return f"{euros(cents)} an hour"

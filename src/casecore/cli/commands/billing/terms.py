"""`casecore billing price|vat|terms|release`: what maintenance costs, and how it is taxed here and abroad."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from casecore.app.application import Application
from casecore.app.billing.terms import act_on_buyer, act_on_terms, recorded_terms
from casecore.billing.commands import ReleaseBuyer, SetMaintenancePrice, SetVatRate
from casecore.billing.terms import Price, Rate
from casecore.cli.command_group import Commands
from casecore.cli.command_options import ActorOption, IdOption, JsonOption, read_amount, read_day
from casecore.cli.door import context_of, opened
from casecore.cli.output import Columns, PrintedColumn, number, print_json, print_table
from casecore.cli.stream_commands import print_answer
from casecore.contract.billing import VatCategory
from casecore.errors.kinds import InvalidInput
from casecore.money.cents import euros

FromOption = Annotated[
    str, typer.Option("--from", metavar="DATE", help="The first day on which it holds, such as 2027-01-01.")
]

_PRICES: Columns[Price] = (
    PrintedColumn("from", lambda price: price.from_on),
    number("net EUR", lambda price: euros(price.net_cents)),
)
_RATES: Columns[tuple[str, Rate]] = (
    PrintedColumn("country", lambda rate: rate[0]),
    PrintedColumn("from", lambda rate: rate[1].from_on),
    number("percent", lambda rate: rate[1].percent),
)


def price(
    net: Annotated[str, typer.Argument(metavar="EUROS", help="Net, for a package and a year: 99.00.")],
    from_on: FromOption,
    actor: ActorOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Record what a year of maintenance costs, for fees that fall due from a day on.

    Fees that were charged otherwise are reversed and charged anew by the next run.

    Example: casecore billing price 99.99 --from 2027-01-01 --as vendor:vendor:k.adler
    """
    with opened() as app:
        cents = read_amount("EUROS", net)
        if cents == 0:
            raise InvalidInput("EUROS: a price is above zero; one is 99.00")
        day = read_day("--from", from_on)
        do = SetMaintenancePrice(from_on=day, net_cents=cents)
        _record(app, f"EUR {euros(cents)} net from {day}", do, actor, command_id, as_json)


def vat(
    percent: Annotated[str, typer.Argument(metavar="PERCENT", help="Such as 19, or 7.7.")],
    from_on: FromOption,
    country: Annotated[str, typer.Option(help="Whose rate; two letters.")] = "DE",
    actor: ActorOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Record a rate of value added tax, for services that are complete on a day or later.

    Documents that were issued with another rate are corrected by the next `invoice` or `close-year`.

    Example: casecore billing vat 16 --from 2020-07-01 --as vendor:vendor:k.adler
    """
    with opened() as app:
        try:
            rate = Decimal(percent)
        except InvalidOperation:
            raise InvalidInput(f"PERCENT: {percent!r} is not a rate; one is 19, or 7.7") from None
        day = read_day("--from", from_on)
        do = SetVatRate(country=country, from_on=day, percent=rate)
        _record(app, f"{percent} % in {country} from {day}", do, actor, command_id, as_json)


def terms(as_json: JsonOption = False) -> None:
    """List the prices and rates that are recorded, and from when each holds.

    Example: casecore billing terms
    """
    with opened() as app:
        known = recorded_terms(app)
        rates = [(country, one) for country, of_country in sorted(known.rates.items()) for one in of_country]
        if as_json:
            print_json(
                {
                    "prices": [{"from_on": one.from_on, "net_cents": one.net_cents} for one in known.prices],
                    "vat_rates": [
                        {"country": country, "from_on": one.from_on, "percent": one.percent}
                        for country, one in rates
                    ],
                }
            )
            return
        print_table("Maintenance, for a package and a year", _PRICES, known.prices)
        print_table("Value added tax", _RATES, rates)


def release(
    buyer: Annotated[str, typer.Argument(help="Who is held; see `casecore billing held`.")],
    country: Annotated[str, typer.Option(help="Where the buyer is at home; two letters.")],
    tax: Annotated[VatCategory, typer.Option(help="With German tax, by the buyer itself, or not here.")],
    reason: Annotated[str, typer.Option(help="Why so; free text.")],
    actor: ActorOption = "",
    command_id: IdOption = "",
    as_json: JsonOption = False,
) -> None:
    """Decide how a buyer outside Germany is billed; what is held is issued by the next run.

    Outside the EU a business is billed as outside_scope, a private buyer as standard: which it is has to be
    recorded before, see `party change --buys-as`.

    Example: casecore billing release praxis-wien --country AT --tax reverse_charge
    --reason "VAT id confirmed" --as vendor:vendor:k.adler
    """
    with opened() as app:
        do = ReleaseBuyer(country=country, category=tax, reason=reason)
        answer = act_on_buyer(app, buyer, do, context_of(app, actor, command_id))
        print_answer("buyer", f"{buyer} in {country}", answer, as_json)


def _record(
    app: Application,
    name: str,
    do: SetMaintenancePrice | SetVatRate,
    actor: str,
    command_id: str,
    as_json: bool,
) -> None:
    print_answer("term", name, act_on_terms(app, do, context_of(app, actor, command_id)), as_json)


COMMANDS: Commands = {"price": price, "vat": vat, "terms": terms, "release": release}

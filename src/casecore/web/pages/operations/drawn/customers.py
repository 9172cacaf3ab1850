"""The picture of customers: what their cases take, beside what their packages pay."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from casecore.web.charts.parts import Figure, LegendKey
from casecore.web.charts.rows import BarMeasure, ChartBar, ChartRow, RowChart
from casecore.web.pages.operations.sketch import PictureSubject, Sketch
from casecore.web.pages.operations.tables import Cell, Shape, Table, TableColumn
from projections.billing.pictures import CustomerFees, customer_fees
from projections.workload.pictures import CustomerEffort

PACKAGES_PATH = "/operations/customer-effort/packages"
"""Where the packages behind a customer's fees are."""
_MINUTES = 60
_CENTS = 100


def draw_effort(subject: PictureSubject) -> Sketch:
    """Picture 12; only accountants see what packages pay."""
    reader = subject.reader
    rows: Sequence[CustomerEffort] = subject.rows
    fees = _fees(subject, [one.customer for one in rows])

    def effort(row: CustomerEffort) -> ChartBar:
        hours = reader.number(round(row.minutes / _MINUTES, 1))
        cases = reader.ngettext("on %(num)s case", "on %(num)s cases", row.cases)
        text = f"{row.customer}: {hours} h {cases}"
        return ChartBar([Figure(row.minutes / _MINUTES, text, subject.link(row, "minutes"))], f"{hours} h")

    def fee(row: CustomerEffort, of_customers: dict[str, CustomerFees]) -> ChartBar:
        found = of_customers.get(row.customer)
        euros = reader.number(round((found.net_cents if found else 0) / _CENTS))
        packages = reader.ngettext("%(num)s package", "%(num)s packages", found.packages if found else 0)
        value = found.net_cents / _CENTS if found else 0
        text = f"{row.customer}: {euros} EUR, {packages}"
        return ChartBar([Figure(value, text, _packages(subject, row.customer))], f"{euros} EUR")

    title = reader.gettext("Effort, in hours")
    measures = [BarMeasure(title, [LegendKey(title, "one")], reader.number)]
    if fees is not None:
        title = reader.gettext("Maintenance fees, EUR net")
        measures.append(BarMeasure(title, [LegendKey(title, "two")], reader.number))
    chart = RowChart(
        title=reader.gettext("What customers' cases take, beside what their packages pay"),
        description=reader.gettext("Bars for each customer; those with most effort come first."),
        empty=reader.gettext("No effort was recorded on these days."),
        measures=measures,
        rows=[
            ChartRow(one.customer, [effort(one), *([fee(one, fees)] if fees is not None else [])])
            for one in rows
        ],
        more=reader.gettext("There are more: the table has them."),
    )
    table = subject.table(
        Shape("customer", reader.gettext("Customer"), str),
        Shape("minutes", reader.gettext("Minutes"), reader.number, is_number=True),
        Shape("cases", reader.gettext("Cases"), reader.number, is_number=True),
    )
    if fees is not None:
        table = _with_fees(subject, table, fees)
    hours = reader.number(sum(one.minutes for one in rows) / _MINUTES)
    headline = reader.gettext("%(hours)s h in all", hours=hours)
    if fees is not None:
        euros = reader.number(round(sum(one.net_cents for one in fees.values()) / _CENTS))
        headline = reader.gettext("%(hours)s h, beside %(euros)s EUR of fees", hours=hours, euros=euros)
    return Sketch(chart, table, headline, _note(subject, fees))


def _fees(subject: PictureSubject, customers: Sequence[str]) -> dict[str, CustomerFees] | None:
    if not subject.is_accountant:
        return None
    found = subject.app.ask(customer_fees, subject.which, subject.viewer, customers)
    return {one.customer: one for one in found}


def _packages(subject: PictureSubject, customer: str) -> str:
    """Where the packages are, of the days that are shown and of the seller that is asked about."""
    which = subject.which
    asked = {"customer": customer, "seller": which.seller, "since": which.since, "until": which.until}
    said = {name: value for name, value in asked.items() if value is not None}
    return f"{PACKAGES_PATH}?{urlencode(said)}"


def _note(subject: PictureSubject, fees: dict[str, CustomerFees] | None) -> str:
    """What the fees are not."""
    if fees is None:
        return subject.reader.gettext("What packages pay is shown to accountants.")
    which = subject.which
    if which.organisation or which.topic or which.priority:
        return subject.reader.gettext("Organisation, topic and priority narrow down the cases, not the fees.")
    return ""


def _with_fees(subject: PictureSubject, table: Table, fees: dict[str, CustomerFees]) -> Table:
    reader = subject.reader
    columns = [
        TableColumn("packages", reader.gettext("Packages"), is_number=True),
        TableColumn("net_cents", reader.gettext("Fees, EUR net"), is_number=True),
    ]

    def cells(customer: object) -> list[Cell]:
        found = fees.get(str(customer))
        packages, cents = (found.packages, found.net_cents) if found else (0, 0)
        href = _packages(subject, str(customer)) if packages else ""
        return [Cell(packages, reader.number(packages), href), Cell(cents, reader.money(cents), href)]

    return Table([*table.columns, *columns], [[*row, *cells(row[0].value)] for row in table.rows])

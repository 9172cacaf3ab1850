"""The picture of customers: what their cases take, beside what their packages pay."""

from __future__ import annotations

from collections.abc import Sequence

from casecore.web.charts.parts import Figure, LegendKey
from casecore.web.charts.rows import BarMeasure, ChartBar, ChartRow, RowChart
from casecore.web.pages.operations.sketch import PictureSubject, Sketch
from casecore.web.pages.operations.tables import Cell, Shape, Table, TableColumn
from projections.billing.pictures import CustomerFees, customer_fees
from projections.workload.pictures import CustomerEffort

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
        return ChartBar([Figure(value, f"{row.customer}: {euros} EUR, {packages}")], f"{euros} EUR")

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
    hours = reader.number(round(sum(one.minutes for one in rows) / _MINUTES))
    note = "" if fees is not None else reader.gettext("What packages pay is shown to accountants.")
    return Sketch(chart, table, reader.gettext("%(hours)s h in all", hours=hours), note)


def _fees(subject: PictureSubject, customers: Sequence[str]) -> dict[str, CustomerFees] | None:
    if not subject.is_accountant:
        return None
    found = subject.app.ask(customer_fees, subject.which, subject.viewer, customers)
    return {one.customer: one for one in found}


def _with_fees(subject: PictureSubject, table: Table, fees: dict[str, CustomerFees]) -> Table:
    reader = subject.reader
    columns = [
        TableColumn("packages", reader.gettext("Packages"), is_number=True),
        TableColumn("net_cents", reader.gettext("Fees, EUR net"), is_number=True),
    ]

    def cells(customer: object) -> list[Cell]:
        found = fees.get(str(customer))
        packages, cents = (found.packages, found.net_cents) if found else (0, 0)
        return [Cell(packages, reader.number(packages)), Cell(cents, reader.money(cents))]

    return Table([*table.columns, *columns], [[*row, *cells(row[0].value)] for row in table.rows])

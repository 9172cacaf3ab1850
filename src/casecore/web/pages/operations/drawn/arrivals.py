"""The picture of when cases come in, by weekday and hour."""

from __future__ import annotations

from collections.abc import Sequence

from casecore.web.charts.heat import HeatChart
from casecore.web.charts.parts import Figure
from casecore.web.pages.operations.sketch import PictureSubject, Sketch
from casecore.web.pages.operations.tables import Cell, Table, TableColumn
from casecore.web.rendering.reader import PageReader
from projections.workload.pictures import ArrivalHour

_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = range(24)
_WEEKDAYS = range(1, 8)


def draw_arrivals(subject: PictureSubject) -> Sketch:
    """Picture 7."""
    reader = subject.reader
    rows: Sequence[ArrivalHour] = subject.rows
    of_hour = {(one.weekday, one.hour): one for one in rows}

    def figure(weekday: int, hour: int) -> Figure:
        found = of_hour.get((weekday, hour))
        value = found.came_in if found else 0
        cases = reader.ngettext("%(num)s case came in", "%(num)s cases came in", value)
        text = f"{reader.weekday(weekday)}, {hour:02d}:00–{hour:02d}:59: {cases}"
        return Figure(value, text, subject.link(found, "came_in") if found else "")

    cells = [[figure(weekday, hour) for hour in _HOURS] for weekday in _WEEKDAYS]
    chart = HeatChart(
        title=reader.gettext("When cases come in"),
        description=reader.gettext(
            "A field for each hour of the week; the more came in, the stronger is its colour."
        ),
        empty=reader.gettext("Nothing came in on these days."),
        unit=reader.gettext("Cases that came in, by weekday and hour in Europe/Berlin"),
        rows=[reader.weekday(one, "short") for one in _WEEKDAYS],
        columns=[str(hour) for hour in _HOURS],
        cells=cells,
    )
    table = _table(reader, cells)
    most = max(rows, key=lambda one: one.came_in, default=None)
    headline = reader.gettext("Nothing came in on these days.")
    if most is not None and most.came_in:
        when = f"{reader.weekday(most.weekday)}, {most.hour}:00"
        most_came = reader.ngettext("%(num)s case", "%(num)s cases", most.came_in)
        headline = reader.gettext("Most on %(when)s: %(cases)s", when=when, cases=most_came)
    return Sketch(chart, table, headline)


def _table(reader: PageReader, cells: Sequence[Sequence[Figure]]) -> Table:
    """A row for each hour, and a column for each weekday."""
    columns = [
        TableColumn("hour", reader.gettext("Hour")),
        *(
            TableColumn(_DAY_NAMES[one - 1], reader.weekday(one, "short"), is_number=True)
            for one in _WEEKDAYS
        ),
    ]
    return Table(
        columns,
        [
            [
                Cell(hour, f"{hour:02d}:00"),
                *(
                    Cell(int(one.value or 0), reader.number(one.value or 0), one.href if one.value else "")
                    for weekday in _WEEKDAYS
                    for one in [cells[weekday - 1][hour]]
                ),
            ]
            for hour in _HOURS
        ],
    )

"""The table beside a picture: the same figures, for those who cannot see it, and as a file."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from casecore.app.accounting_csv import write_rows


class TableColumn(NamedTuple):
    """A column: its name in a file, and as people read it."""

    name: str
    label: str
    is_number: bool = False


class Cell(NamedTuple):
    """A value, how it reads, and where it leads."""

    value: object
    text: str
    href: str = ""


class Table(NamedTuple):
    """Rows with a cell for each column."""

    columns: Sequence[TableColumn]
    rows: Sequence[Sequence[Cell]]

    def csv(self) -> bytes:
        """The values as CSV."""
        file = io.BytesIO()
        values = (tuple(cell.value for cell in row) for row in self.rows)
        write_rows(file, [one.name for one in self.columns], values)
        return file.getvalue()


class Shape(NamedTuple):
    """A column of a table whose rows are rows of a picture: `shown` is how a value of it reads."""

    name: str
    label: str
    shown: Callable[[Any], str]
    is_number: bool = False


def table_of(
    shapes: Sequence[Shape], rows: Sequence[Any], link: Callable[[Any, str], str], figures: Sequence[str]
) -> Table:
    """A table of a picture's rows; the figures lead to the cases behind them."""

    def cell(shape: Shape, row: Any) -> Cell:
        value = getattr(row, shape.name)
        return Cell(
            value, shape.shown(value), link(row, shape.name) if shape.name in figures and value else ""
        )

    columns = [TableColumn(one.name, one.label, one.is_number) for one in shapes]
    return Table(columns, [[cell(shape, row) for shape in shapes] for row in rows])

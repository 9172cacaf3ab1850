"""`casecore billing document|explain`: a document as it was issued, and where a figure came from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from casecore.billing.series import document_place
from casecore.cli.addresses import find_addresses
from casecore.cli.exits import errors_as_exits
from casecore.cli.giving import JsonOption
from casecore.cli.output import Column, print_json, print_table, screen
from casecore.cli.settings import read_settings
from casecore.contract.billing import DocumentIssued, DocumentKind, EventRef
from casecore.errors.kinds import InvalidInput
from casecore.money.cents import euros
from casecore.runs.books import Books
from casecore.runs.explanation import (
    DocumentSteps,
    ExplanationStep,
    SettlementSteps,
    explain_document,
    explain_package,
    explain_settlement,
)
from casecore.store.archive import Archive


def add_to(app: typer.Typer) -> None:
    """Add these commands to `casecore billing`."""
    app.command()(document)
    app.command()(explain)


def document(
    number: Annotated[str, typer.Argument(help="Such as R-000017.")],
    pdf: Annotated[Path | None, typer.Option(help="Write the archived PDF to this file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a document, or write its PDF with the XML in it, byte for byte as it was issued.

    Example: casecore billing document R-000017 --pdf invoice.pdf
    """
    with errors_as_exits():
        database = find_addresses(read_settings()).database
        with Books(database) as books:
            issued = explain_document(books, number).document
        if pdf is not None:
            with Archive(database) as archive:
                content = archive.get(issued.sha256)
            try:
                with pdf.open("xb") as file:
                    file.write(content)
            except FileExistsError:
                raise InvalidInput(f"--pdf {pdf} is there already: name another file") from None
        if as_json:
            print_json({"document": _fields(issued)})
        else:
            _print_document(issued)
            if pdf is not None:
                screen.print(f"{len(content):,} bytes written to {pdf}", markup=False)


def explain(
    figure: Annotated[
        str, typer.Argument(help="A document's number, a package's reference, or SELLER/YEAR.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Walk from a figure to its events: from a settlement to its documents, their lines, charges, and causes.

    Example: casecore billing explain R-000017
    """
    with errors_as_exits(), Books(find_addresses(read_settings()).database) as books:
        # A package may be called as anything else is: what there is goes first.
        settlement = None if books.is_package(figure) else re.fullmatch(r"(.+)/([0-9]{4})", figure)
        if document_place(figure) is not None:
            of_document = explain_document(books, figure)
            if as_json:
                print_json(_document_json(of_document))
            else:
                _print_steps_of_document(of_document)
        elif settlement:
            of_settlement = explain_settlement(books, settlement[1], int(settlement[2]))
            if as_json:
                print_json(_settlement_json(of_settlement))
            else:
                _print_settlement(of_settlement)
        else:
            if not books.is_package(figure):
                raise InvalidInput(
                    f"there is no document, package or settlement {figure}: give a number such as R-000017, "
                    "a package's reference, or SELLER/YEAR"
                )
            steps = explain_package(books, figure)
            if as_json:
                print_json({"package": figure, "steps": [_step_json(step) for step in steps]})
            else:
                _print_steps(f"What made up the charges of {figure}", steps)


def _fields(struct: msgspec.Struct) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(struct))


def _document_json(found: DocumentSteps) -> dict[str, object]:
    terms = [_step_json(step) for step in found.terms]
    lines = [{**line._asdict(), "steps": [_step_json(step) for step in line.steps]} for line in found.lines]
    return {
        "document": _fields(found.document),
        "issued": _step_json(found.issued),
        "lines": lines,
        "terms": terms,
    }


def _settlement_json(found: SettlementSteps) -> dict[str, object]:
    return {
        "settlement": _fields(found.settlement),
        "closed": _step_json(found.closed),
        "documents": [_step_json(step) for step in found.documents],
    }


def _step_json(step: ExplanationStep) -> dict[str, object]:
    return {**step._asdict(), "caused_by": None if step.caused_by is None else _ref_json(step.caused_by)}


def _ref_json(ref: EventRef) -> dict[str, object]:
    return {"stream_id": ref.stream_id, "version": ref.version}


def _print_document(issued: DocumentIssued) -> None:
    of = f", settlement of {issued.settles_year}" if issued.settles_year else ""
    corrects = f", corrects {issued.corrects}" if issued.corrects else ""
    to = f"{issued.kind.value} to {issued.buyer}, issued on {issued.issued_on}, lines: {len(issued.lines)}"
    screen.print(f"{issued.number}  {to}{of}{corrects}", markup=False)
    sign = -1 if issued.kind is DocumentKind.CORRECTION else 1
    rows: list[tuple[object, ...]] = [
        (
            f"at {total.percent} %",
            *(euros(sign * cents) for cents in (total.net_cents, total.vat_cents)),
            "",
        )
        for total in issued.vat
    ]
    rows.append(
        (
            "in all",
            *(euros(sign * cents) for cents in (issued.net_cents, issued.vat_cents, issued.gross_cents)),
        )
    )
    titles = ("net EUR", "VAT EUR", "gross EUR")
    print_table("Amounts", [Column(""), *(Column(title, right=True) for title in titles)], rows)
    screen.print(f"as of position {issued.as_of_position}; SHA-256 of the archived bytes:", markup=False)
    screen.print(issued.sha256, markup=False)


def _print_settlement(found: SettlementSteps) -> None:
    one = found.settlement
    fees = f"fees: {one.fees}, taken back: {one.credits}"
    amounts = f"net {euros(one.net_cents)}, VAT {euros(one.vat_cents)}, gross {euros(one.gross_cents)} EUR"
    screen.print(f"{one.seller}, {one.year}: {fees}; {amounts}", markup=False)
    screen.print(f"SHA-256 of its lines:\n{one.lines_sha256}", markup=False)
    _print_steps("Its events", [found.closed, *found.documents])
    screen.print("`casecore billing explain` goes on from each document's number.")


def _print_steps_of_document(found: DocumentSteps) -> None:
    _print_document(found.document)
    columns = [
        Column("package"),
        Column("from", narrow=True),
        Column("net EUR", right=True),
        Column("event", right=True),
        Column("what"),
    ]
    rows = [
        (line.package, line.period_start_on, euros(line.net_cents), step.position, step.what)
        for line in found.lines
        for step in line.steps
    ]
    print_table(f"The events behind each line of {found.document.number}", columns, rows)
    _print_steps("The terms behind them", found.terms)
    screen.print("`casecore billing explain` goes on from each package.")


def _print_steps(title: str, steps: Sequence[ExplanationStep]) -> None:
    """Events in the order of the log; `from` is the event that led to it, where that is among them."""
    places = {(step.stream_id, step.version): step.position for step in steps}
    columns = [
        Column("event", right=True),
        Column("recorded", narrow=True),
        Column("what"),
        Column("from", right=True),
        Column("net EUR", right=True),
    ]
    rows = [
        (
            step.position,
            step.recorded_at.date(),
            step.what,
            places.get((step.caused_by.stream_id, step.caused_by.version)) if step.caused_by else None,
            None if step.net_cents is None else euros(step.net_cents),
        )
        for step in steps
    ]
    print_table(title, columns, rows)

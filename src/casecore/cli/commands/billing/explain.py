"""`casecore billing document|explain`: a document as it was issued, and where a figure came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, TypeVar, assert_never
from uuid import UUID

import msgspec
import typer

from casecore.app.billing.answers import PackageSteps, archived_pdf, explain_figure, issued_document
from casecore.billing.taxation import rate_in_words
from casecore.cli.command_group import Commands
from casecore.cli.command_options import JsonOption
from casecore.cli.door import opened
from casecore.cli.output import Columns, PrintedColumn, number, print_json, print_table, screen, short
from casecore.cli.zone import day_in_zone
from casecore.contract.billing import DocumentIssued, DocumentKind, EventRef, VatTotal
from casecore.errors.kinds import InvalidInput
from casecore.files.whole_file import put_there_whole
from casecore.money.cents import euros
from casecore.runs.explanation import DocumentSteps, ExplanationStep, LineSteps, SettlementSteps

FoundT = TypeVar("FoundT", PackageSteps, DocumentSteps, SettlementSteps)

_STEPS_OF_LINES: Columns[tuple[LineSteps, ExplanationStep]] = (
    PrintedColumn("package", lambda pair: pair[0].package),
    short("from", lambda pair: pair[0].period_start_on),
    number("net EUR", lambda pair: euros(pair[0].net_cents)),
    number("event", lambda pair: pair[1].position),
    PrintedColumn("what", lambda pair: pair[1].what),
)


def document(
    number: Annotated[str, typer.Argument(help="Such as R-000017.")],
    pdf: Annotated[Path | None, typer.Option(help="Write the archived PDF to this file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a document, or write its PDF with the XML in it, byte for byte as it was issued.

    Example: casecore billing document R-000017 --pdf invoice.pdf
    """
    with opened() as app:
        issued = issued_document(app, number)
        if pdf is not None:
            content = archived_pdf(app, issued)
            try:
                with put_there_whole(pdf, must_be_new=True) as file:
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
    with opened() as app:
        found = explain_figure(app, figure)
    match found:
        case DocumentSteps():
            _print(found, _document_json, _print_steps_of_document, as_json)
        case SettlementSteps():
            _print(found, _settlement_json, _print_settlement, as_json)
        case PackageSteps():
            _print(found, _package_json, _print_package, as_json)
        case _:
            assert_never(found)


def _print(
    found: FoundT,
    as_fields: Callable[[FoundT], dict[str, object]],
    as_tables: Callable[[FoundT], None],
    as_json: bool,
) -> None:
    if as_json:
        print_json(as_fields(found))
    else:
        as_tables(found)


def _package_json(found: PackageSteps) -> dict[str, object]:
    return {"package": found.package, "steps": [_step_json(step) for step in found.steps]}


def _print_package(found: PackageSteps) -> None:
    _print_steps(f"What made up the charges of {found.package}", found.steps)


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
    fields = {name: value for name, value in step._asdict().items() if name != "data"}
    return {**fields, "caused_by": None if step.caused_by is None else _ref_json(step.caused_by)}


def _ref_json(ref: EventRef) -> dict[str, object]:
    return {"stream_id": ref.stream_id, "version": ref.version}


def _print_document(issued: DocumentIssued) -> None:
    of = f", settlement of {issued.settles_year}" if issued.settles_year else ""
    corrects = f", corrects {issued.corrects}" if issued.corrects else ""
    replaces = f", replaces {issued.replaces}" if issued.replaces else ""
    to = f"{issued.kind.value} to {issued.buyer}, issued on {issued.issued_on}, lines: {len(issued.lines)}"
    screen.print(f"{issued.number}  {to}{of}{corrects}{replaces}", markup=False)
    sign = -1 if issued.kind is DocumentKind.CORRECTION else 1
    sums = (euros(sign * cents) for cents in (issued.net_cents, issued.vat_cents, issued.gross_cents))
    print_table("Amounts", _amounts(sign), issued.vat, ("in all", *sums))
    screen.print(f"as of position {issued.as_of_position}; SHA-256 of the archived bytes:", markup=False)
    screen.print(issued.sha256, markup=False)


def _amounts(sign: int) -> Columns[VatTotal]:
    return (
        PrintedColumn("", lambda total: f"at {rate_in_words(total.category, total.percent)}"),
        number("net EUR", lambda total: euros(sign * total.net_cents)),
        number("VAT EUR", lambda total: euros(sign * total.vat_cents)),
        number("gross EUR", lambda _: None),  # only of the document as a whole
    )


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
    pairs = [(line, step) for line in found.lines for step in line.steps]
    print_table(f"The events behind each line of {found.document.number}", _STEPS_OF_LINES, pairs)
    _print_steps("The terms behind them", found.terms)
    screen.print("`casecore billing explain` goes on from each package.")


def _print_steps(title: str, steps: Sequence[ExplanationStep]) -> None:
    """Events in the order of the log."""
    print_table(title, _steps({(step.stream_id, step.version): step.position for step in steps}), steps)


def _steps(positions: Mapping[tuple[UUID, int], int]) -> Columns[ExplanationStep]:
    """`from` is the position of the event that led to a step, if `positions` has it."""

    def caused_by(step: ExplanationStep) -> int | None:
        cause = step.caused_by
        return None if cause is None else positions.get((cause.stream_id, cause.version))

    return (
        number("event", lambda step: step.position),
        short("recorded", lambda step: day_in_zone(step.recorded_at)),
        PrintedColumn("what", lambda step: step.what),
        number("from", caused_by),
        number("net EUR", lambda step: None if step.net_cents is None else euros(step.net_cents)),
    )


COMMANDS: Commands = {"document": document, "explain": explain}

"""`casecore billing statement|documents`: settlements, open accounts and the series of documents."""

from __future__ import annotations

from typing import Annotated

import typer

from casecore.app.billing.answers import find_settlement
from casecore.app.views import waiting_in
from casecore.cli.command_group import Commands
from casecore.cli.command_options import JsonOption
from casecore.cli.commands.billing.tables import amount, print_unbilled
from casecore.cli.door import opened
from casecore.cli.left_out import with_freshness
from casecore.cli.output import (
    Columns,
    PrintedColumn,
    number,
    print_json,
    print_lines,
    print_rows,
    print_table,
    screen,
    short,
)
from casecore.cli.row_forms import CsvOption, LimitOption, check_one_form, export_rows
from casecore.cli.zone import in_zone
from casecore.contract.billing import DocumentKind, VatCategory
from casecore.money.cents import euros
from projections.billing.issued import Document, DocumentFilter
from projections.billing.issued import documents as find_documents
from projections.billing.statements import (
    AccountLine,
    PartyAccount,
    SettlementDocument,
    SettlementLine,
    SettlementStatement,
    party_account,
)

_ACCOUNT: Columns[AccountLine] = (
    short("value", lambda line: line.value_on),
    short("what", lambda line: line.posting),
    short("document", lambda line: line.document),
    number("debit", lambda line: amount(line.debit_cents), narrow=True),
    number("credit", lambda line: amount(line.credit_cents), narrow=True),
    number("balance", lambda line: euros(line.balance_cents), narrow=True),
)
_SETTLED: Columns[SettlementDocument] = (
    short("document", lambda d: d.document),
    PrintedColumn("what", lambda d: _kind_and_part(d)),
    number("lines", lambda d: d.lines, narrow=True),
    number("net", lambda d: euros(d.net_cents), narrow=True),
    number("VAT", lambda d: euros(d.vat_cents), narrow=True),
    number("gross", lambda d: euros(d.gross_cents), narrow=True),
)
_NO_TAX = VatCategory.OUTSIDE_SCOPE.value
_LINES: Columns[SettlementLine] = (
    PrintedColumn("customer", lambda line: line.customer),
    PrintedColumn("package", lambda line: line.package),
    short("from", lambda line: line.period_start_on),
    short("until", lambda line: line.period_end_on),
    number("net", lambda line: euros(line.net_cents), narrow=True),
    number("VAT %", lambda line: None if line.category == _NO_TAX else line.percent, narrow=True),
    short("", lambda line: "late" if line.late else None),
)
DOCUMENTS: Columns[Document] = (
    short("number", lambda document: document.number),
    short("issued", lambda document: document.issued_on),
    short("kind", lambda document: document.kind),
    PrintedColumn("buyer", lambda document: document.buyer),
    number("lines", lambda document: document.lines, narrow=True),
    number("gross", lambda document: euros(document.gross_cents), narrow=True),
    PrintedColumn("refers to", lambda document: _refers(document)),
)


def statement(
    party: Annotated[str, typer.Argument(help="The reseller or the customer.")],
    year: Annotated[
        int | None,
        typer.Option(
            min=1990, max=2199, help="The reseller's settlement of this year; else the open account."
        ),
    ] = None,
    csv: CsvOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show the settlement of a reseller's year with its documents and lines, or what a party owes.

    Example: casecore billing statement nord --year 2025
    """
    with opened() as app:
        check_one_form(csv, as_json)
        if year is None:
            account = app.ask(party_account, party)
            if csv:
                export_rows(csv, AccountLine._fields, account.lines, waiting_in(app, "billing"))
            elif as_json:
                print_json(with_freshness(app, account._asdict()))
            else:
                _print_account(account)
            return
        found = find_settlement(app, party, year)
        if csv:
            export_rows(csv, SettlementLine._fields, found.lines, waiting_in(app, "billing"))
        elif as_json:
            print_json(with_freshness(app, found._asdict()))
        else:
            _print_settlement(found)


def _print_account(account: PartyAccount) -> None:
    title = f"Billed to {account.party} (EUR gross; payments are not known)"
    print_table(title, _ACCOUNT, account.lines)
    print_unbilled(account.unbilled)


def _print_settlement(found: SettlementStatement) -> None:
    closed = found.settlement
    net, vat, gross = (euros(c) for c in (closed.net_cents, closed.vat_cents, closed.gross_cents))
    lines = (
        f"Settlement of {closed.seller} for {closed.year}",
        f"  {closed.fees:,} fees, {closed.credits:,} credits; EUR {net} net + {vat} VAT = {gross}",
        f"  closed {in_zone(closed.closed_at)}, with all up to position {closed.as_of_position}",
        f"  sha256 {closed.lines_sha256}",
    )
    print_lines(lines)
    print_table("Its documents (EUR)", _SETTLED, found.documents)
    print_table(f"Its lines ({len(found.lines)}, EUR net)", _LINES, found.lines)
    if not found.is_whole:
        screen.print(
            "\nNot all its documents are issued, or known here yet: run casecore billing close-year again."
        )


def _kind_and_part(document: SettlementDocument) -> str:
    if document.corrects:
        return f"{document.kind} of {document.corrects}"
    return f"{document.kind}, part {document.part} of {document.parts}"


def documents(
    buyer: Annotated[str | None, typer.Option(help="Only this party's.")] = None,
    kind: Annotated[DocumentKind | None, typer.Option(help="Only of this kind.")] = None,
    year: Annotated[int | None, typer.Option(min=1990, max=2199, help="Only those of this year.")] = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List documents, those issued last first; a correction counts below zero.

    Example: casecore billing documents --buyer nord --kind correction
    """
    with opened(as_json) as app:
        which = DocumentFilter(buyer, kind.value if kind else None, year, limit)
        found = list(app.ask(find_documents, which))
        print_rows(f"Documents ({len(found)}, EUR)", DOCUMENTS, found, as_json)


def _refers(document: Document) -> str | None:
    if document.corrects:
        return document.corrects
    if document.corrected_by:
        return f"see {', '.join(document.corrected_by)}"
    return str(document.settles_year) if document.settles_year else None


COMMANDS: Commands = {"statement": statement, "documents": documents}

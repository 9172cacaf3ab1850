"""`casecore billing statement|documents`: settlements, open accounts and the series of documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from casecore.cli.command_group import Commands
from casecore.cli.command_options import JsonOption
from casecore.cli.commands.billing.ledger import CsvOption, LimitOption, check_one_form, export_rows
from casecore.cli.commands.billing.tables import amount, print_unbilled
from casecore.cli.door import opened
from casecore.cli.output import Column, print_json, print_table, screen
from casecore.contract.billing import DocumentKind
from casecore.errors.kinds import InvalidInput
from casecore.money.cents import euros
from projections.billing.queries import Document, DocumentFilter
from projections.billing.queries import documents as find_documents
from projections.billing.statements import (
    AccountLine,
    PartyAccount,
    SettlementLine,
    SettlementStatement,
    party_account,
    settlement_statement,
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
                export_rows(csv, AccountLine._fields, account.lines)
            elif as_json:
                print_json(account)
            else:
                _print_account(account)
            return
        found = app.ask(settlement_statement, party, year)
        if found is None:
            raise InvalidInput(
                f"the view knows no settlement of {party} for {year}: see casecore billing close-year"
            )
        if csv:
            export_rows(csv, SettlementLine._fields, found.lines)
        elif as_json:
            print_json(found)
        else:
            _print_settlement(found)


def _print_account(account: PartyAccount) -> None:
    columns = [
        Column("value", narrow=True),
        Column("what", narrow=True),
        Column("document", narrow=True),
        *(Column(title, right=True, narrow=True) for title in ("debit", "credit", "balance")),
    ]
    rows = [
        (
            line.value_on,
            line.posting,
            line.document,
            amount(line.debit_cents),
            amount(line.credit_cents),
            euros(line.balance_cents),
        )
        for line in account.lines
    ]
    print_table(f"Billed to {account.party} (EUR gross; payments are not known)", columns, rows)
    print_unbilled(account.unbilled)


def _print_settlement(found: SettlementStatement) -> None:
    closed = found.settlement
    net, vat, gross = (euros(c) for c in (closed.net_cents, closed.vat_cents, closed.gross_cents))
    for line in (
        f"Settlement of {closed.seller} for {closed.year}",
        f"  {closed.fees:,} fees, {closed.credits:,} credits; EUR {net} net + {vat} VAT = {gross}",
        f"  closed {closed.closed_at:%Y-%m-%d %H:%M:%S} UTC, with all up to position {closed.as_of_position}",
        f"  sha256 {closed.lines_sha256}",
    ):
        screen.print(line, markup=False)
    columns = [
        Column("document", narrow=True),
        Column("what"),
        Column("lines", right=True, narrow=True),
        *(Column(title, right=True, narrow=True) for title in ("net", "VAT", "gross")),
    ]
    rows = [
        (
            d.document,
            f"{d.kind} of {d.corrects}" if d.corrects else f"{d.kind}, part {d.part} of {d.parts}",
            d.lines,
            *(euros(cents) for cents in (d.net_cents, d.vat_cents, d.gross_cents)),
        )
        for d in found.documents
    ]
    print_table("Its documents (EUR)", columns, rows)
    _print_lines(found.lines)
    if not found.is_whole:
        screen.print(
            "\nNot all its documents are issued, or known here yet: run casecore billing close-year again."
        )


def _print_lines(lines: Sequence[SettlementLine]) -> None:
    columns = [
        Column("customer"),
        Column("package"),
        Column("from", narrow=True),
        Column("until", narrow=True),
        Column("net", right=True, narrow=True),
        Column("VAT %", right=True, narrow=True),
        Column("", narrow=True),
    ]
    rows = [
        (
            line.customer,
            line.package,
            line.period_start_on,
            line.period_end_on,
            euros(line.net_cents),
            line.percent,
            "late" if line.late else None,
        )
        for line in lines
    ]
    print_table(f"Its lines ({len(rows)}, EUR net)", columns, rows)


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
    with opened() as app:
        which = DocumentFilter(buyer, kind.value if kind else None, year, limit)
        found = list(app.ask(find_documents, which))
        if as_json:
            print_json(found)
        else:
            print_documents(found)


def print_documents(found: Sequence[Document]) -> None:
    """Documents, one a line."""
    columns = [
        Column("number", narrow=True),
        Column("issued", narrow=True),
        Column("kind", narrow=True),
        Column("buyer"),
        Column("lines", right=True, narrow=True),
        Column("gross", right=True, narrow=True),
        Column("refers to"),
    ]
    rows = [
        (d.number, d.issued_on, d.kind, d.buyer, d.lines, euros(d.gross_cents), _refers(d)) for d in found
    ]
    print_table(f"Documents ({len(rows)}, EUR)", columns, rows)


def _refers(document: Document) -> str | None:
    if document.corrects:
        return document.corrects
    if document.corrected_by:
        return f"see {', '.join(document.corrected_by)}"
    return str(document.settles_year) if document.settles_year else None


COMMANDS: Commands = {"statement": statement, "documents": documents}

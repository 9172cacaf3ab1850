"""What was issued and settled: the series of documents, and resellers' years; amounts are in cents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from casecore.visibility import rules
from casecore.visibility.rules import Viewer
from projections.billing.projection import BILLING
from projections.billing.tables import SETTLEMENTS_TABLE, SettlementRow
from projections.kit.reading.places import PlaceNumber
from projections.kit.reading.queries import ask, ask_in_pieces, limits_for


class DocumentFilter(NamedTuple):
    """Which documents; what is None does not matter. `year` is that of issue.

    Those with tax of the `category`, at `percent`, a decimal as text.
    Those issued before the `before`-th of the series, and at most `limit` of them.
    """

    buyer: str | None = None
    kind: str | None = None
    year: int | None = None
    limit: int | None = None
    before: int | None = None
    number: str | None = None
    category: str | None = None
    percent: str | None = None


class Document(NamedTuple):
    """A document issued; the amounts of a correction are below zero."""

    number: str
    version: int
    position: int
    kind: str
    issued_on: date
    buyer: str
    lines: int
    net_cents: int
    vat_cents: int
    gross_cents: int
    pay_until: date | None
    settles_year: int | None
    part: int
    parts: int
    corrects: str | None
    correction_reason: str | None
    corrected_by: list[str]
    sha256: str


class SettlementPlace(NamedTuple):
    """A place in the list of settlements: the one that comes before."""

    year: PlaceNumber
    seller: str


class SettlementFilter(NamedTuple):
    """Which settlements; what is None does not matter. Those after a place, `limit` at most."""

    seller: str | None = None
    year: int | None = None
    limit: int = 100
    after: SettlementPlace | None = None


DOCUMENTS = f"""select d.number, d.version, d.position, d.kind, d.issued_on, d.buyer, d.lines,
  d.sign * d.net_cents as net_cents, d.sign * d.vat_cents as vat_cents, d.sign * d.gross_cents as gross_cents,
  d.pay_until, d.settles_year, d.part, d.parts, d.corrects, d.correction_reason,
  coalesce(c.corrections, '{{}}') as corrected_by, d.sha256
from billing.documents as d left join billing.documents_with_corrections as c on c.number = d.number
where {rules.condition(rules.DOCUMENT, "d")}
  and (%(buyer)s::text is null or d.buyer = %(buyer)s) and (%(kind)s::text is null or d.kind = %(kind)s)
  and (%(year)s::int is null or extract(year from d.issued_on) = %(year)s)
  and (%(number)s::text is null or d.number = %(number)s)
  and (coalesce(%(category)s::text, %(percent)s::text) is null or exists (
    select from billing.document_vat as v where v.document = d.number
      and (%(category)s::text is null or v.category = %(category)s)
      and (%(percent)s::text is null or v.percent = %(percent)s::numeric)))
  and (%(before)s::bigint is null or d.version < %(before)s)
order by d.version desc limit %(limit)s"""
SETTLEMENTS = f"""select {", ".join(SETTLEMENTS_TABLE.names)} from billing.settlements
where {rules.condition(rules.SETTLEMENT)}
  and (%(seller)s::text is null or seller = %(seller)s) and (%(year)s::int is null or year = %(year)s)
  and (%(after_seller)s::text is null or year < %(after_year)s::bigint
    or year = %(after_year)s::bigint and seller > %(after_seller)s)
order by year desc, seller limit %(limit)s"""


def documents(
    database: str,
    which: DocumentFilter = DocumentFilter(),  # noqa: B008
    viewer: Viewer | None = None,
) -> Iterator[Document]:
    """Documents, those issued last first, read as they are asked for. Raises ViewMissing and ViewOutdated."""
    given = {**which._asdict(), **rules.given(viewer)}
    return ask_in_pieces(database, BILLING, Document, DOCUMENTS, given, limits_for(which.limit))


def settlements(
    database: str,
    which: SettlementFilter = SettlementFilter(),  # noqa: B008
    viewer: Viewer | None = None,
) -> list[SettlementRow]:
    """Settlements, those of the last year first. Raises as `documents`."""
    after = {
        "after_year": which.after.year if which.after else None,
        "after_seller": which.after.seller if which.after else None,
    }
    given = {**which._asdict(), **after, **rules.given(viewer)}
    return ask(database, BILLING, SettlementRow, SETTLEMENTS, given)

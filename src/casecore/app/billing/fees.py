"""What is asked of fees: what a seller or a support partner agreed, and what it charged its customers.

That is its own (domain.md, rule 6): nobody else sees it, nor does the vendor.
"""

from __future__ import annotations

from casecore.app.application import Application
from casecore.billing.fees.agreements import Agreed
from casecore.billing.fees.statement import Statement, StatementChange, change_since, statement_of
from casecore.errors.kinds import InvalidInput, NotFound
from casecore.runs.fee_books import FeeBooks
from casecore.visibility.rules import FEE, Viewer, may_see
from projections.billing.fee_memos import MemoFilter, fee_memos
from projections.billing.fees import FeeMemoRow


class FeesUnknown(NotFound):
    """A party's fees are asked for by another, whether there are any or not."""

    def __init__(self, party: str) -> None:
        super().__init__(f"there are no fees of {party} here: ask for those that you charge yourself")
        self.party = party


def fee_agreements(app: Application, party: str, viewer: Viewer | None = None) -> tuple[Agreed, ...]:
    """What a party charges and charged.

    Raises FeesUnknown, PartyUnknown, NewerThanProgram and DatabaseUnavailable.
    """
    _check_seen(party, viewer)
    with FeeBooks(app.database) as books:
        books.party(party)
        known = books.agreements(party).get(party)
        books.left_out.check(party)
    return tuple(known.all) if known else ()


def charged_memos(
    app: Application, party: str, which: MemoFilter, viewer: Viewer | None = None
) -> list[FeeMemoRow]:
    """The memos of what a party charged, as the view has them.

    Raises FeesUnknown, ViewMissing, ViewOutdated and DatabaseUnavailable.
    """
    _check_seen(party, viewer)
    return app.ask(fee_memos, party, which, viewer)


def fee_statement(
    app: Application,
    party: str,
    year: int,
    as_of_position: int | None = None,
    since_position: int | None = None,
    viewer: Viewer | None = None,
) -> tuple[Statement, StatementChange | None]:
    """What a party charged its customers for a year, as of a position, and how it has changed since another.

    Raises FeesUnknown, PartyUnknown, InvalidInput for a position after the log's end, NewerThanProgram, and
    DatabaseUnavailable.
    """
    _check_seen(party, viewer)
    with FeeBooks(app.database) as books:
        for place in (as_of_position, since_position):
            if place is not None and place > books.position:
                raise InvalidInput(f"position {place} lies after the end of the log, {books.position}")
        position = books.position if as_of_position is None else as_of_position
        books.party(party)
        posted = list(books.posted(party))
        books.left_out.check(party)
    statement = statement_of(party, year, posted, position)
    if since_position is None:
        return statement, None
    return statement, change_since(statement_of(party, year, posted, since_position), statement)


def _check_seen(party: str, viewer: Viewer | None) -> None:
    """Raise FeesUnknown for another's; nothing is looked for, so it takes as long whether there are any."""
    if not may_see(viewer, FEE, {"party": party}):
        raise FeesUnknown(party)

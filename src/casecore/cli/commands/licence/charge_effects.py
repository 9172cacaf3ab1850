"""What a command on a package does to its charges, to closed settlements, and to documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from casecore.app.application import Application
from casecore.app.billing.runs import charges_to_come
from casecore.cli.stream_commands import Effects
from casecore.contract.billing import Obligor
from casecore.decider.refusal import NewerThanProgram
from casecore.money.cents import euros
from casecore.runs.pending import PendingCharges, PendingFee, PendingReversal

_MOST_DAYS = 6


def effects_on_charges(app: Application, package: str) -> Effects:
    """What the next runs of billing do to a package, in lines for a person and as fields for a program.

    The command is stored by then: what only a newer program can read is said, and is not an error.
    """
    try:
        pending = charges_to_come(app, package)
    except NewerThanProgram as newer:
        return Effects([f"  charges: not known here. {newer}"], {"charges": None})
    return Effects(list(effect_lines(pending)), {"charges": pending._asdict()})


def effect_lines(pending: PendingCharges) -> Iterator[str]:
    """What the next runs of billing do to a package, for a person."""
    fees, reversals = pending.fees, pending.reversals
    if not fees and not reversals:
        yield "  charges: none is to be made or reversed"
        yield "  settlements and documents: stay as they are"
    else:
        yield f"  charges: the next run {_and(_charges(fees, reversals))}"
        yield f"  closed settlements: {_settlements(fees, reversals)}"
        yield f"  documents: {_documents(fees, reversals)}"
        yield f"  to do so: {_commands(fees, reversals)}"
    if pending.next_due_on is not None:
        yield f"  next fee: falls due on {pending.next_due_on}"


def _charges(fees: Sequence[PendingFee], reversals: Sequence[PendingReversal]) -> Iterator[str]:
    if reversals:
        yield f"reverses {_sum(reversals)}"
    if fees:
        yield f"charges {_sum(fees)}"


def _sum(items: Sequence[PendingFee] | Sequence[PendingReversal]) -> str:
    days = [one.period_start_on.isoformat() for one in items]
    named = ", ".join(days[:_MOST_DAYS]) + (", …" if len(days) > _MOST_DAYS else "")
    return f"{_count(len(items), 'fee')} of {named}, EUR {euros(sum(one.net_cents for one in items))} net"


def _settlements(fees: Sequence[PendingFee], reversals: Sequence[PendingReversal]) -> str:
    late = Counter(one.owed_by for one in fees if one.is_late)
    back = Counter(one.owed_by for one in reversals if one.is_settled)
    sellers = sorted(late.keys() | back.keys())
    if not sellers:
        return "none is concerned"
    parts = []
    for seller in sellers:
        what = [f"{_count(late[seller], 'fee')} late"] if late[seller] else []
        what += [f"{_count(back[seller], 'fee')} taken back"] if back[seller] else []
        parts.append(f"{_and(what)} with {seller}")
    return f"stay as they are; into the next open year go {', '.join(parts)}"


def _documents(fees: Sequence[PendingFee], reversals: Sequence[PendingReversal]) -> str:
    billed = Counter(one.document for one in reversals if one.document)
    parts = [
        f"{document} stays, and a correction takes {_count(count, 'fee')} of it back"
        for document, count in sorted(billed.items())
    ]
    new = Counter((one.obligor, one.owed_by) for one in fees)
    for (obligor, owed_by), count in sorted(new.items(), key=lambda item: item[0][1]):
        kind = "an invoice" if obligor is Obligor.CUSTOMER else "a settlement"
        parts.append(f"{kind} to {owed_by} bills {_count(count, 'fee')}")
    return "; ".join(parts) or "none is to be corrected"


def _commands(fees: Sequence[PendingFee], reversals: Sequence[PendingReversal]) -> str:
    obligors = {one.obligor for one in fees} | {one.obligor for one in reversals if one.document}
    commands = ["casecore billing run"]
    if Obligor.CUSTOMER in obligors:
        commands.append("casecore billing invoice")
    if Obligor.RESELLER in obligors:
        commands.append("casecore billing close-year YEAR, once the year is over")
    return ", then ".join(commands)


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _and(parts: Sequence[str] | Iterator[str]) -> str:
    return " and ".join(parts)

"""Commands for the benches: openings, messages, and whole cases from opening to closing; all are legal."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import count
from uuid import uuid4

import msgspec

from casecore.cases.commands import (
    AssignCase,
    CaseAction,
    CaseCommand,
    CloseCase,
    EscalateCase,
    OpenCase,
    PostMessage,
    ResolveCase,
    TakeCase,
    WaitForCustomer,
)
from casecore.contract.cases import Category, Priority
from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor

CUSTOMER = GivenActor("karla", "practice-1", Role.CUSTOMER)
SELLER = GivenActor("ida", "nord", Role.SELLER)
VENDOR = GivenActor("vera", "vendor", Role.VENDOR)
TEXT = "The viewer does not start after the update; the log of the server shows error 17 at each start."

_LIFE: tuple[tuple[GivenActor, CaseAction], ...] = (
    (SELLER, TakeCase(agent="ida")),
    (SELLER, PostMessage(text=TEXT)),
    (SELLER, WaitForCustomer()),
    (CUSTOMER, PostMessage(text=TEXT)),
    (SELLER, EscalateCase()),
    (VENDOR, AssignCase(agent="vera")),
    (VENDOR, PostMessage(text=TEXT)),
    (VENDOR, ResolveCase(resolution_code="solved")),
    (CUSTOMER, CloseCase()),
)


def opening(case: str, seller: str = SELLER.organisation) -> CaseCommand:
    """Open a case, for a customer of a seller."""
    return _command(
        case,
        CUSTOMER,
        OpenCase(
            customer=CUSTOMER.organisation,
            seller=seller,
            category=Category.TECHNICAL_SUPPORT,
            topic="troubleshooting",
            priority=Priority.NORMAL,
            subject="The viewer does not start",
        ),
    )


def message(case: str) -> CaseCommand:
    """Write a message on a case that is open: one event."""
    return _command(case, CUSTOMER, PostMessage(text=TEXT))


def whole_cases(open_at_once: int, prefix: str, seller: str = SELLER.organisation) -> Iterator[CaseCommand]:
    """Cases from opening to closing without end, `open_at_once` at a time, ten commands each."""
    at_work: deque[Iterator[CaseCommand]] = deque()
    for number in count():
        # One more case opens in each round; the oldest is at its end when `open_at_once` have opened.
        at_work.append(_life(f"{prefix}-{number}", seller))
        if len(at_work) < open_at_once:
            continue
        while True:
            one = at_work.popleft()
            command = next(one, None)
            if command is None:
                break
            yield command
            at_work.append(one)


def _life(case: str, seller: str) -> Iterator[CaseCommand]:
    yield opening(case, seller)
    for actor, do in _LIFE:
        its = msgspec.structs.replace(actor, organisation=seller) if actor is SELLER else actor
        yield _command(case, its, do)


def _command(case: str, actor: GivenActor, do: CaseAction) -> CaseCommand:
    return CaseCommand(command_id=uuid4(), actor=actor, case=case, do=do)

"""What is to be made: how much, from which day on, and under which names."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from uuid import UUID, uuid5

import msgspec

from casecore.errors.kinds import InvalidInput
from casecore.synthetic.local_hours import FIRST_DAY, LAST_DAY

MOST_CASES = 100_000_000
MOST_CUSTOMERS = 5_000_000
MOST_CASES_A_DAY = 20_000
"""Memory grows with it: about 40 days of cases, some 4 KB each."""
USUAL_MOST_A_DAY = 1_000
"""Unless more are asked for: from 365,000 cases on, a business lasts longer than a year."""
CASES_A_CUSTOMER = 3
"""In a year, as in the log: 4,580 of 397 customers in four years."""

# Crockford's base 32: no letter that can be taken for a digit.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NAMESPACE = UUID("7a0e6b53-91c4-4d2f-8e17-c05d2b94f3a6")


class InvalidPlan(InvalidInput):
    """What was asked for cannot be made; the message says why, and what would be right."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A business that is to be made. `mark` begins all of its ids, `namespace` its commands' ids."""

    cases: int
    seed: int
    start: date
    vendor: str
    customers: int
    cases_a_day: int
    resellers: tuple[str, ...]
    partners: tuple[str, ...]
    mark: str
    namespace: UUID


def plan(
    cases: int,
    seed: int,
    start: date,
    *,
    vendor: str = "vendor",
    customers: int | None = None,
    cases_a_day: int | None = None,
    resellers: tuple[str, ...] = (),
    partners: tuple[str, ...] = (),
) -> Plan:
    """A plan; raises InvalidPlan. What is left out follows from the rest.

    Any difference in what is asked for gives another mark, so two businesses never share an id.
    """
    _check_range("cases", cases, 1, MOST_CASES)
    _check_range("the seed", seed, 0, 2**63 - 1)
    a_day = cases_a_day if cases_a_day is not None else min(-(-cases // 365), USUAL_MOST_A_DAY)
    _check_range("cases a day", a_day, 1, MOST_CASES_A_DAY)
    days = -(-cases // a_day)
    if customers is None:
        customers = max(min(cases, a_day * min(days, 365)) // CASES_A_CUSTOMER, 1)
    _check_range("customers", customers, 1, MOST_CUSTOMERS)
    if not FIRST_DAY <= start <= LAST_DAY - timedelta(days=days + 100):
        raise InvalidPlan(
            f"the start is {start}: give a day from {FIRST_DAY} on that leaves room for {days} days"
        )
    asked = msgspec.json.encode((cases, seed, start, vendor, customers, a_day, resellers, partners)).decode()
    mark = _mark(asked)
    resellers = resellers or _names(mark, "reseller", min(max(customers // 40, 2), 40))
    # One organisation may hold several roles (domain.md, "Who").
    partners = partners or (resellers[0], *_names(mark, "partner", min(max(customers // 120, 1), 12)))
    return Plan(
        cases=cases,
        seed=seed,
        start=start,
        vendor=vendor,
        customers=customers,
        cases_a_day=a_day,
        resellers=resellers,
        partners=partners,
        mark=mark,
        namespace=uuid5(_NAMESPACE, asked),
    )


def weeks(made: Plan) -> int:
    """The number of weeks from the start in which all cases are opened."""
    return -(-made.cases // (made.cases_a_day * 7))


def _names(mark: str, kind: str, count: int) -> tuple[str, ...]:
    return tuple(f"{mark}-{kind}-{number:02}" for number in range(1, count + 1))


def _mark(asked: str) -> str:
    bits = int.from_bytes(sha256(asked.encode()).digest()[:4], "big") >> 2
    return "".join(_ALPHABET[bits >> shift & 31] for shift in range(25, -1, -5))


def _check_range(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InvalidPlan(f"{what}: {value} was asked for; give {least} to {most}")

"""Five years of a small business, drawn from a seed: what was known when, and what was run then."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from tests.journeys.billing.steps import (
    Activated,
    Assigned,
    Cancelled,
    Changed,
    Charged,
    Corrected,
    Fact,
    Invoiced,
    Priced,
    Rated,
    Registered,
    Released,
    Run,
    Settled,
    Transferred,
    Voided,
    Withdrawn,
)

PACKAGES = 300
RESELLERS = ("nord", "sued")
CUSTOMERS = {
    "nord": ("praxis-1", "praxis-2", "praxis-3", "praxis-basel"),
    "sued": ("praxis-6", "praxis-7", "praxis-8"),
    "vendor": ("klinik-west", "praxis-hafen", "ordination-wien", "praxis-basel"),
}
MAY_BUY_DIRECT = ("praxis-1", "praxis-basel", "praxis-6")
"""Customers of a reseller whose packages the vendor takes over now and then."""
ABROAD = {"ordination-wien": "AT", "praxis-basel": "CH"}
DAYS_OF_NOTE = (
    date(2019, 2, 28),
    date(2019, 6, 30),
    date(2019, 7, 1),
    date(2019, 7, 2),
    date(2019, 12, 31),
    date(2020, 1, 1),
    date(2020, 1, 2),
    date(2020, 2, 28),
    date(2020, 2, 29),
    date(2020, 3, 1),
    date(2020, 6, 30),
    date(2020, 7, 1),
    date(2020, 12, 31),
)
"""On, before and after the days on which a rate begins or ends, and around a leap day."""
DAY = timedelta(days=1)


class Stage(NamedTuple):
    """What became known, and then the runs, those of one group at once."""

    known: list[Fact]
    runs: list[list[Run]]


def story(chance: random.Random) -> list[Stage]:
    """The whole business: 300 packages over five years."""
    drawn = _Drawn(chance)
    late_2020, spring_2021 = date(2020, 7, 1), date(2021, 1, 1)
    return [
        # The lower rate of 2020 is not known yet.
        Stage(
            [*_parties(), Rated(19, late_2020), *drawn.activations(150, 2019)],
            [[Charged(date(2019, 12, 31))], [Settled(2019), Invoiced()]],
        ),
        Stage(
            [
                *drawn.activations(120, 2020),
                *drawn.late_activations(2019),
                *drawn.changes(2020),
                *drawn.voids(2),
                Rated(16, late_2020),
            ],
            [[Charged(date(2020, 12, 31))], [Settled(2020), Invoiced()]],
        ),
        Stage([*drawn.changes(2021), *drawn.withdrawals(9)], [[Charged(date(2021, 6, 30))], [Invoiced()]]),
        Stage(
            [Priced(9_999, spring_2021), *drawn.late_activations(2020)],
            [[Charged(date(2021, 12, 31))], [Settled(2021), Invoiced()]],
        ),
        Stage(
            [
                Released("ordination-wien", "AT", "reverse_charge"),
                *drawn.changes(2022),
                *drawn.late_cancellations(2021, 2),
                *drawn.corrections(6),
                *drawn.voids(2),
            ],
            [[Charged(date(2022, 12, 31))], [Settled(2022), Invoiced()]],
        ),
        Stage(
            [*drawn.changes(2023), *drawn.late_cancellations(2021, 1), *drawn.transfers(9)],
            [[Charged(date(2023, 12, 31))], [Settled(2023), Invoiced()]],
        ),
        # What is known too late for any settlement stays unbilled, or is to be taken back.
        Stage(
            [*drawn.late_activations(2022), *drawn.changes(2023), *drawn.voids(1)],
            [[Charged(date(2023, 12, 31))], [Invoiced()]],
        ),
    ]


def _parties() -> Iterator[Fact]:
    yield Registered("vendor", "vendor", "DE")
    for reseller in RESELLERS:
        yield Registered(reseller, "reseller", "DE")
    for customer in (one for of_seller in CUSTOMERS.values() for one in of_seller):
        yield Registered(customer, "customer", ABROAD.get(customer, "DE"))


class _Drawn:
    """Draws what happens next to packages, and remembers it, so that nothing impossible is asked for."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._days = list(DAYS_OF_NOTE) * 3
        self._activated: dict[str, Activated] = {}
        self._sellers: dict[str, dict[date, str]] = {}
        self._live: set[str] = set()
        # What is put right, of packages of which nothing else is drawn any more: by chances of its own.
        self._aside = random.Random(repr(chance.getstate()))
        self._cancelled: list[str] = []
        self._withdrawn: list[str] = []
        self._corrected: dict[str, date] = {}
        self._transferred: dict[str, date] = {}

    def activations(self, count: int, year: int) -> Iterator[Fact]:
        """Packages of every seller, some on a day of note."""
        noted = [day for day in self._days if day.year == year]
        for number in range(count):
            on = noted[number] if number < len(noted) else self._day(year)
            yield self._activate(on)

    def late_activations(self, year: int) -> Iterator[Fact]:
        """Packages that became known after their year was closed; ten, so that there are 300."""
        for _ in range(10):
            yield self._activate(self._day(year))

    def changes(self, year: int) -> list[Fact]:
        """Seats, cancellations and other sellers; from a day of this year or, known late, of one before."""
        found: list[Fact] = []
        for _ in range(6):
            found.append(Changed(self._pick(), self._chance.randrange(2, 40)))
        for _ in range(20):
            package = self._pick()
            taken, on = self._sellers[package], self._around_due(package, year - self._years_late())
            if on not in taken:
                seller = self._other_seller(package, taken)
                taken[on] = seller
                found.append(Assigned(package, seller, on))
        for _ in range(10):
            package = self._pick()
            found.append(Cancelled(package, self._around_due(package, year - self._years_late())))
            self._live.discard(package)
            self._cancelled.append(package)
        return found

    def late_cancellations(self, year: int, count: int) -> Iterator[Fact]:
        """Packages that were cancelled before a fee of a year that is settled: parts of one document."""
        never_moved = [name for name in sorted(self._live) if list(self._sellers[name].values()) == ["nord"]]
        for package in self._chance.sample(never_moved, count):
            began = self._activated[package].on
            self._live.discard(package)
            yield Cancelled(package, max(began, date(year, began.month, min(began.day, 28)) - DAY))

    def withdrawals(self, count: int) -> Iterator[Fact]:
        """Cancellations that should not have been, some of years that are settled."""
        for package in self._aside.sample(sorted(set(self._cancelled) - set(self._withdrawn)), count):
            self._withdrawn.append(package)
            yield Withdrawn(package)

    def corrections(self, count: int) -> Iterator[Fact]:
        """Packages that were activated some days before or after, or a year before."""
        for package in self._aside.sample(sorted(self._withdrawn), count):
            was, later = self._activated[package].on, sorted(self._sellers[package])[1:]
            latest = later[0] - DAY if later else date(2021, 12, 31)
            on = was + self._aside.choice((-365, -40, -1, 1, 30)) * DAY
            on = min(max(on, date(2019, 1, 1)), latest)
            if on != was:
                self._corrected[package] = on
                yield Corrected(package, on)

    def transfers(self, count: int) -> Iterator[Fact]:
        """Practices that were sold; some of it is known late."""
        for package in self._aside.sample(sorted(set(self._withdrawn) - set(self._transferred)), count):
            step = self._activated[package]
            on = self._corrected.get(package, step.on) + self._aside.choice((1, 364, 365, 366, 700)) * DAY
            others = [one for one in CUSTOMERS[step.seller] if one != step.customer and one not in ABROAD]
            self._transferred[package] = on
            yield Transferred(package, self._aside.choice(others), on)

    def voids(self, count: int) -> Iterator[Fact]:
        """Packages that should never have existed, billed or not."""
        for _ in range(count):
            package = self._pick()
            self._live.discard(package)
            yield Voided(package)

    def _activate(self, on: date) -> Activated:
        package = f"P-{len(self._activated) + 1:03}"
        seller = self._chance.choice(("nord", "nord", "sued", "sued", "vendor"))
        seats = self._chance.choice((None, None, None, 25))
        step = Activated(package, self._chance.choice(CUSTOMERS[seller]), seller, on, seats)
        self._activated[package] = step
        self._sellers[package] = {on: seller}
        self._live.add(package)
        return step

    def _years_late(self) -> int:
        return self._chance.choice((0, 0, 1, 2))

    def _pick(self) -> str:
        return self._chance.choice(sorted(self._live))

    def _day(self, year: int) -> date:
        return date(year, 1, 1) + self._chance.randrange(365) * DAY

    def _around_due(self, package: str, year: int) -> date:
        """The day of the year's fee, or one near it, or any other; but none before the activation."""
        began = self._activated[package].on
        due = date(year, began.month, min(began.day, 28))
        day = self._chance.choice((due, due, due - DAY, due + DAY, self._day(year)))
        return max(day, began)

    def _other_seller(self, package: str, taken: dict[date, str]) -> str:
        customer = self._activated[package].customer
        may = ("nord", "sued", "vendor") if customer in MAY_BUY_DIRECT else ("nord", "sued")
        last = taken[max(taken)]
        return self._chance.choice([seller for seller in may if seller != last])

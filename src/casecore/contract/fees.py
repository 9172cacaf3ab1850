"""The events of fees: what sellers and support partners charge their own customers. Amounts are in cents.

None of it is in the vendor's ledger (domain.md, rule 6). An agreement says what a party charges; a memo keeps
a fee that followed from one, and is taken back by another event if it turns out not to have followed.
"""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

import msgspec

from casecore.contract.billing import Cents, EventRef, Percent
from casecore.contract.enumeration import Enumeration
from casecore.contract.envelope import EventData


class FeeService(Enumeration):
    """For what a party charges: a seller for level 0, a support partner for user support."""

    LEVEL_0 = "level_0"
    USER_SUPPORT = "user_support"


class NoFee(msgspec.Struct, frozen=True, tag_field="kind", tag="none"):
    """Nothing is charged."""


class YearlyFee(msgspec.Struct, frozen=True, tag_field="kind", tag="yearly"):
    """An amount for each year of a customer, however many packages and cases it has."""

    net_cents: Cents


class FeeForEachCase(msgspec.Struct, frozen=True, tag_field="kind", tag="case"):
    """An amount for each case, once."""

    net_cents: Cents


class TopicAmount(msgspec.Struct, frozen=True):
    """What a case about a topic costs."""

    topic: str
    net_cents: Cents


class FeeByTopic(msgspec.Struct, frozen=True, tag_field="kind", tag="topic"):
    """An amount for each case, once, by its topic; a topic that is not listed costs nothing."""

    amounts: tuple[TopicAmount, ...]


class FeeByEffort(msgspec.Struct, frozen=True, tag_field="kind", tag="effort"):
    """An amount for each hour that the party worked on a case, by the minute."""

    cents_per_hour: Cents


FeeTerms: TypeAlias = NoFee | YearlyFee | FeeForEachCase | FeeByTopic | FeeByEffort


class FeeAgreement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agreement as it stands: with one customer, or with all that have none of their own.

    `number` counts the party's agreements from 1. It holds from `from_on` until the day before the next one
    for the same service and customer, or before `ended_from_on`. `vat_country` is the country whose rate
    applies, absent where the party charges no tax (a small business). Withdrawn, it never held.
    """

    number: int
    service: FeeService
    customer: str | None = None
    from_on: date
    terms: FeeTerms
    vat_country: str | None = None
    ended_from_on: date | None = None
    is_withdrawn: bool = False


class FeeAgreementEvent(EventData, frozen=True, kw_only=True):
    """What every event of a party's agreements carries: the party, and the agreement as it stands now.

    None of it touches the vendor's ledger, and nobody but the party hears of it over HTTP.
    """

    party: str
    agreement: FeeAgreement


class FeeAgreed(FeeAgreementEvent, frozen=True, kw_only=True):
    """A party charges so from a day on.

    When: `agree`, by the party itself: a seller, or the vendor for what it sold itself, for level 0; a
    partner for user support.
    Why: what a seller or partner charges for its own work is its own decision (rule 6).
    Then: it replaces the agreement before it for the same service and customer from `agreement.from_on` on. A
    run records the fees that follow: `fee_memo_recorded`.
    """


class FeeAgreementEnded(FeeAgreementEvent, frozen=True, kw_only=True):
    """The agreement does not hold from a day on.

    When: `end`, by the party itself; the day, `agreement.ended_from_on`, is after the agreement's first one,
    and may be moved.
    Why: the one that it replaced does not come back. After a customer's own, the one for all customers holds.
    Then: the next run takes back memos that fell due on that day or later (`fee_memo_reversed`).
    """


class FeeAgreementWithdrawn(FeeAgreementEvent, frozen=True, kw_only=True):
    """The agreement was recorded by mistake.

    When: `withdraw`, by the party itself.
    Why: it never held, so that another one can be recorded for the same day.
    Then: the next run takes back all memos that followed from it (`fee_memo_reversed`).
    """


class CustomerYear(msgspec.Struct, frozen=True, tag_field="kind", tag="year"):
    """A year of a customer, from its first day to its last."""

    start_on: date
    end_on: date


class ResolvedCase(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="case"):
    """A case that was resolved; `minutes` is the party's own effort, where it is charged by that."""

    case: str
    topic: str
    minutes: int | None = None


class Fee(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a customer owes a party, for what, from which day on.

    `vat_percent` is absent where the party charges no tax. `agreement` is the event that agreed it.
    """

    party: str
    customer: str
    service: FeeService
    covers: CustomerYear | ResolvedCase
    due_on: date
    net_cents: Cents
    vat_percent: Percent | None = None
    agreement: EventRef


class FeeMemoEvent(EventData, frozen=True, kw_only=True):
    """What every event of fee memos carries: the memo's number in its stream from 1, and the whole fee.

    `caused_by` is the event of a case, a package, the agreements or the rates that led to it. A run records
    them: `occurred_at` is when it did, and the day for which it counts is `fee.due_on`.
    """

    number: int
    fee: Fee
    caused_by: EventRef


class FeeMemoRecorded(FeeMemoEvent, frozen=True, kw_only=True):
    """A fee followed from an agreement.

    When: a run of fees finds it: for a case on the day of its first resolution, for a customer's year on the
    year's first day; on that day or any day after.
    Why: the party sees what it may charge, and from what that follows. The system keeps it, and bills
    nothing.
    Then: it counts in the statement of the year, until it is reversed.
    """


class FeeMemoReversed(FeeMemoEvent, frozen=True, kw_only=True):
    """It turned out that the fee does not follow, or not so: the memo is taken back.

    When: a run of fees finds that an agreement, a rate, a case or a package is otherwise than the memo says.
    Why: a memo is never changed: it is reversed, and the right one recorded under another number.
    Then: where a fee still follows, `fee_memo_recorded` follows in the same stream.
    """

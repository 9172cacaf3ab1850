"""The events of fees: what sellers and support partners charge their own customers. Amounts are in cents.

None of it is in the vendor's ledger (domain.md, rule 6). An agreement says what a party charges; a memo keeps
a fee that followed from one, and is taken back by another event if it turns out not to have followed.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import TypeAlias

import msgspec

from casecore.contract.billing import Cents, EventRef, Percent
from casecore.contract.envelope import EventData


class FeeService(Enum):
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
    """What every event of a party's agreements carries: the party, and the agreement as it stands now."""

    party: str
    agreement: FeeAgreement


class FeeAgreed(FeeAgreementEvent, frozen=True, kw_only=True):
    """A party charges so from a day on."""


class FeeAgreementEnded(FeeAgreementEvent, frozen=True, kw_only=True):
    """The agreement does not hold from a day on."""


class FeeAgreementWithdrawn(FeeAgreementEvent, frozen=True, kw_only=True):
    """The agreement was recorded by mistake."""


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

    `caused_by` is the event of a case, a package, the agreements or the rates that led to it.
    """

    number: int
    fee: Fee
    caused_by: EventRef


class FeeMemoRecorded(FeeMemoEvent, frozen=True, kw_only=True):
    """A fee followed from an agreement."""


class FeeMemoReversed(FeeMemoEvent, frozen=True, kw_only=True):
    """It turned out that the fee does not follow, or not so: the memo is taken back."""

"""The events of the terms of billing: prices of maintenance and rates of tax, each from a day on."""

from __future__ import annotations

from datetime import date

from casecore.contract.billing import Cents, Percent
from casecore.contract.envelope import EventData


class MaintenancePriceSet(EventData, frozen=True, kw_only=True):
    """The net price of a year of maintenance for each package, for fees that fall due from a day on.

    When: `set_maintenance_price`, by the vendor; of two for one day the one recorded last applies. The day
    may lie in the past.
    Why: before the first price nobody owes anything.
    Then: fees that fall due from `from_on` until the day of the next price have it. What was charged at
    another price the next run of billing reverses and charges again.
    Fields: `net_cents` is for a package and year, whatever the package is.
    """

    from_on: date
    net_cents: Cents


class VatRateSet(EventData, frozen=True, kw_only=True):
    """A country's rate of value added tax, for services that are complete on a day or later.

    When: `set_vat_rate`, by the vendor; of two for one country and day the one recorded last applies. The day
    may lie in the past.
    Why: the rate of a year's fee is that of the year's last day, which may be known late.
    Then: documents have it from now on. A document that bills at another rate is corrected with the next
    invoices or settlement, with the reason `rate`, and the fees are billed again. Memos of fees follow, too.
    Fields: `country` is a code of ISO 3166-1; the vendor's documents need the rates of DE, fee agreements
    those that they name; `percent` holds from `from_on` until the next.
    """

    country: str
    from_on: date
    percent: Percent

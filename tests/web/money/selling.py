"""What the vendor and a reseller have sold, before anything of it is recorded as due."""

from __future__ import annotations

from datetime import date

from casecore.commands.bus import CommandBus
from casecore.contract.parties import PartyRole
from casecore.runs.set_up import set_up
from casecore.store.archive import Archive
from tests.runs.business import DECIDERS, VENDOR, Business


def sell_two_packages(database: str) -> None:
    """In 2024 a reseller sells one to praxis, and the vendor one to wien, which is abroad."""
    with CommandBus(database, DECIDERS, VENDOR) as bus, Archive(database) as archive:
        business = Business(database, bus, archive)
        set_up(bus)
        bank = {"tax_number": "21/815/08150", "vat_id": "DE123456788", "iban": "DE89370400440532013000"}
        business.party(VENDOR, PartyRole.VENDOR, **bank)
        business.party("nord", PartyRole.RESELLER)
        business.party("praxis", PartyRole.CUSTOMER)
        business.party("wien", PartyRole.CUSTOMER, country="AT", vat_id="ATU12345675")
        business.activate("L-1", "praxis", "nord", date(2024, 5, 1))
        business.activate("L-2", "wien", VENDOR, date(2024, 6, 1))

"""Licence packages over HTTP: who has a part in a package today sees it, who had one sees it no more."""

from __future__ import annotations

import pytest

from casecore.identity.identity import Scope
from tests.api.accounts import ACTORS, FAR


@pytest.mark.parametrize("name", ACTORS)
def test_who_has_a_part_in_a_package_today_sees_it(accounts, name):
    door, reference = accounts.door, accounts.reference
    who = door.key(ACTORS[name], Scope.AGENT)
    seen = reference.packages_of(name)
    assert {one["package"] for one in door.pages("/v1/licences?limit=2", who, "packages")} == seen
    for package in reference.packages:
        answer = door.ask(f"/v1/licences/{package}", who)
        assert answer.status_code == (200 if package in seen else 404), answer.text
        if package not in seen:
            assert answer.text.replace(package, "L-0") == door.ask("/v1/licences/L-0", who).text


def test_the_reference_tells_former_from_present_and_from_those_to_come(accounts):
    # L-4 went from nord to sued, L-5 from klinik to praxis-west, L-6 goes to sued one day
    assert accounts.reference.packages_of("nord") == {"L-1", "L-6"}
    assert accounts.reference.packages_of("sued") == {"L-2", "L-4"}
    assert accounts.reference.packages_of("klinik") == {"L-3", "L-7"}
    assert accounts.reference.packages_of("praxis-west") == {"L-2", "L-5"}


def test_a_package_is_as_it_stands_today_with_what_happened_to_it(accounts):
    answer = accounts.door.ask("/v1/licences/L-6", accounts.keys["nord"]).json()
    package = answer["package"]
    assert (package["customer"], package["seller"], package["version"]) == ("praxis-ost", "nord", 2)
    assert package["sellers"][-1] == {"from_on": FAR.isoformat(), "seller": "sued"}
    assert [event["type"] for event in answer["events"]] == [
        "casecore.licence.activated.v1",
        "casecore.licence.assigned.v1",
    ]
    assert (answer["behind"], answer["as_of"] >= answer["events"][-1]["recorded_at"]) == (0, True)


def test_packages_of_a_customer_and_of_a_seller_today(accounts):
    def found(query):
        return {one["package"] for one in accounts.door.pages(f"/v1/licences?{query}", vendor, "packages")}

    vendor = accounts.keys["vendor"]
    assert found("seller=sued&limit=1") == {"L-2", "L-4"}
    assert found("customer=praxis-west") == {"L-2", "L-5"}
    assert found("customer=praxis-west&seller=sued") == {"L-2"}
    assert found("customer=nobody") == set()

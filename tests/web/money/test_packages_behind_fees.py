"""What is behind the fees of picture 12: the packages that the API names, of those that one may see."""

from __future__ import annotations

import html
import re

import pytest

from tests.web.money.conftest import Books
from tests.web.money.test_money_pages import euros

PATH = "/operations/customer-effort/packages"
PACKAGE = re.compile(r'<a href="(/money/charges\?package=[^"]+)">([^<]+)</a>')


@pytest.mark.parametrize("name", ["vendor", "nord", "sued"])
def test_behind_the_fees_of_each_customer_are_as_many_packages(books: Books, name: str) -> None:
    rows = books.api("/v1/billing/customer-fees", name)["rows"]

    assert rows or name != "vendor"
    for row in rows:
        answer = books.browsers[name].look(f"{PATH}?customer={row['customer']}")
        assert answer.status_code == 200, answer.text
        assert 'class="crumb"' not in answer.text  # pictures are for analysts
        packages = PACKAGE.findall(answer.text)
        assert len(packages) == row["packages"]
        assert f"{euros(row['net_cents'])} in all" in answer.text
        for href, package in packages[:3]:
            charges = books.browsers[name].look(html.unescape(href))
            assert charges.status_code == 200
            assert package in charges.text


def test_nobody_sees_the_fees_of_another_sellers_customers(books: Books) -> None:
    of_nord = {row["customer"] for row in books.api("/v1/billing/customer-fees", "nord")["rows"]}

    for row in books.api("/v1/billing/customer-fees", "vendor")["rows"]:
        if row["customer"] not in of_nord:
            page = books.browsers["nord"].look(f"{PATH}?customer={row['customer']}").text
            assert not PACKAGE.findall(page)
            assert "No fee of this customer fell due" in page

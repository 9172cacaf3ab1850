"""What a customer owes, on a page of its own: its own accountant sees it, its seller's, and the vendor's."""

from __future__ import annotations

from html import unescape

import pytest

from tests.api.accounts import VENDOR
from tests.web.money.tables import table


def euros(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}€{abs(cents) // 100:,}.{abs(cents) % 100:02}"


def page_of(books, name, path):
    answer = books.browsers[name].look(path, **{"Accept-Language": "en"})
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize(
    ("who", "customer", "owed_by"),
    [
        # A customer of the vendor's owes itself; it and the vendor see that.
        (VENDOR, "klinik", {"klinik"}),
        ("klinik", "klinik", {"klinik"}),
        # For a resellers' customer they owe; each sees what is its own.
        (VENDOR, "praxis-ost", {"nord", "sued"}),
        ("nord", "praxis-ost", {"nord"}),
        ("sued", "praxis-ost", {"sued"}),
        # Who owes nothing, and whose customer it is not, sees nothing.
        ("praxis-ost", "praxis-ost", set()),
        ("nord", "klinik", set()),
        ("campus", "praxis-ost", set()),
        ("stranger", "klinik", set()),
    ],
)
def test_each_sees_of_what_a_customer_owes_what_is_its_own(books, who, customer, owed_by):
    page = page_of(books, who, f"/money/customers/{customer}")
    # Then what the page says is what the API says, of charges, of what is not billed, and in all
    debts = books.api(f"/v1/billing/customers/{customer}", who)["debts"]
    assert {one["owed_by"] for one in debts} == owed_by
    shown = table(page, "By who owes it")
    assert [(row["Owed by"], row["Charged"], row["Not billed yet"]) for row in shown] == [
        (one["owed_by"], euros(one["net_cents"]), euros(one["unbilled_cents"])) for one in debts
    ]
    for path, caption, rows in (
        (f"charges?customer={customer}", "Charges", "charges"),
        (f"unbilled?customer={customer}", "Not billed yet", "items"),
        (f"documents?buyer={customer}", "Documents", "documents"),
    ):
        there = books.api(f"/v1/billing/{path}", who)[rows]
        found = [row for row in table(page, caption) if row["Net"]]
        assert len(found) == len(there), path
        assert f"GET /v1/billing/{path}" in unescape(page)
        # and the list to which the page leads has the same.
        assert {one.get("customer", customer) for one in there} <= {customer}
    if not owed_by:
        assert "nothing that you may see" in page
        assert "€" not in page


def test_what_a_customer_is_charged_is_billed_or_is_not_billed_yet(books):
    for customer in ("klinik", "praxis-ost", "praxis-west", "praxis-wien"):
        charges = books.api(f"/v1/billing/charges?customer={customer}&limit=200", VENDOR)["charges"]
        items = books.api(f"/v1/billing/unbilled?customer={customer}&limit=200", VENDOR)["items"]
        debts = books.api(f"/v1/billing/customers/{customer}", VENDOR)["debts"]
        assert charges
        standing = [one["net_cents"] for one in charges if not one["is_reversed"]]
        assert sum(one["charges"] for one in debts) == len(standing)
        assert sum(one["net_cents"] for one in debts) == sum(standing)
        assert sum(one["unbilled_cents"] for one in debts) == sum(one["net_cents"] for one in items)
        for one in debts:
            assert one["billed_cents"] + one["unbilled_cents"] == one["net_cents"]


def test_the_page_is_led_to_from_where_a_customer_is_named(books):
    for path in (
        "charges",
        "unbilled",
        "packages",
        "packages/L-1",
        "documents/R-000001",
        "settlements/nord/2024",
        "parties/praxis-ost",
    ):
        assert 'href="/money/customers/praxis-ost"' in page_of(books, VENDOR, f"/money/{path}"), path
    assert 'href="/money/customers/praxis-wien"' in page_of(books, VENDOR, "/money/held")

"""Pages about money: their numbers are the API's, and everybody sees what is their own."""

from __future__ import annotations

import re
from html import unescape

import pytest

from casecore.web.pages.money import ledger
from tests.api.accounts import ACTORS, TODAY, VENDOR
from tests.web.money.tables import table

SOME = (VENDOR, "nord", "klinik")
_LINK = re.compile(r'href="(/money[^"#]*)"')


def euros(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}€{abs(cents) // 100:,}.{abs(cents) % 100:02}"


def page_of(books, name, path):
    answer = books.browsers[name].look(path, **{"Accept-Language": "en"})
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("name", SOME)
def test_the_numbers_of_an_overview_are_the_apis(books, name):
    page = page_of(books, name, "/money")
    answer = books.api(f"/v1/billing/overview?year={TODAY.year}", name)
    billed = table(page, "Billed, by rate of tax")
    shown = [(row["Net"], row["VAT"], row["In all"]) for row in billed]
    by_rate = [(one["net_cents"], one["vat_cents"], one["gross_cents"]) for one in answer["billed"]]
    sums = [tuple(map(sum, zip(*by_rate, strict=True)))] if by_rate else []
    assert shown == [tuple(map(euros, one)) for one in (*by_rate, *sums)]
    due = [one["net_cents"] for one in answer["fell_due"]]
    assert [row["Net"] for row in table(page, "Fell due, by how it is billed")] == [
        euros(one) for one in (*due, *([sum(due)] if due else []))
    ]
    figures = re.findall(r"<b>([^<]*€[^<]*)</b>", page)
    unbilled = answer["unbilled"]
    held = [one["net_cents"] for one in unbilled if one["is_held"]]
    assert figures == [
        euros(sum(due)),
        euros(sum(one["net_cents"] for one in unbilled)),
        *([euros(sum(held))] if held else []),
        euros(sum(one["gross_cents"] for one in answer["billed"])),
        euros(answer["receivable_cents"]),
    ]


@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize(
    ("path", "caption", "rows", "columns"),
    [
        ("charges?year=2025", "Charges", "charges", {"Package": "package", "Owed by": "owed_by"}),
        ("charges?billed=false", "Charges", "charges", {"Package": "package", "Owed by": "owed_by"}),
        ("documents", "Documents", "documents", {"Number": "number", "In all": "gross_cents"}),
        (
            "documents?category=standard&percent=19",
            "Documents",
            "documents",
            {"Number": "number", "In all": "gross_cents"},
        ),
        ("settlements", "Settlements", "settlements", {"Net": "net_cents", "VAT": "vat_cents"}),
        (
            "unbilled?until=2026-03-31",
            "Charges that are not billed yet",
            "items",
            {"Package": "package", "Net": "net_cents"},
        ),
        ("balance", "Trial balance", "accounts", {"Balance": "balance_cents", "Debit": "debit_cents"}),
        ("ledger?account=receivable", "Ledger", "lines", {"Event": "position", "Party": "party"}),
    ],
)
def test_the_rows_of_a_page_are_the_apis(books, name, path, caption, rows, columns):
    answer = books.api(f"/v1/billing/{path}", name)
    page = page_of(books, name, f"/money/{path}")
    expected = [
        tuple(
            euros(one[field]) if field.endswith("_cents") else str(one[field]) for field in columns.values()
        )
        for one in answer[rows]
    ]
    found = [tuple(row[column] for column in columns) for row in table(page, caption)]
    assert [row for row in found if row[0] != "In all"][: len(expected)] == expected
    assert f"GET /v1/billing/{path}" in unescape(page)


def test_a_list_goes_on_at_its_next_page_with_its_filters(books, monkeypatch):
    whole = table(page_of(books, "nord", "/money/ledger?account=receivable"), "Ledger")
    monkeypatch.setattr(ledger, "PER_PAGE", 1)
    found, path = [], "/money/ledger?account=receivable"
    while path:
        page = page_of(books, "nord", path)
        found += table(page, "Ledger")
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = unescape(following[1]) if following else ""
    assert found == whole
    assert len(found) > 2


@pytest.mark.parametrize("name", ["nord", "klinik"])
def test_each_link_leads_on_and_to_nothing_of_others(books, name):
    own = {one["number"] for one in books.api("/v1/billing/documents", name)["documents"]}
    seen, waiting = set(), ["/money"]
    while waiting:
        path = waiting.pop()
        if path in seen or path.endswith(("/pdf", "/xml")):
            continue
        seen.add(path)
        page = page_of(books, name, path)
        assert set(re.findall(r"R-\d{6}", page)) - {"R-000017"} <= own, path
        assert not {one for one in ("klinik", "praxis-wien", "campus") if one != name and one in page}, path
        waiting += [unescape(link) for link in _LINK.findall(page)]
    assert {f"/money/documents/{number}" for number in own} <= seen


def test_every_page_of_the_vendor_is_there(books):
    paths = (
        "held",
        "runs",
        "runs/settle",
        "runs/invoice",
        "buyers/praxis-wien",
        "parties/nord",
        "packages/L-4",
    )
    for path in (*paths, "explain/nord/2024", "explain/L-7", "explain/R-000003", "documents/R-000003"):
        page_of(books, VENDOR, f"/money/{path}")


@pytest.mark.parametrize("name", ACTORS)
def test_somebody_elses_is_not_there(books, name):
    for path in ("documents/R-000002", "settlements/sued/2024", "explain/sued/2024", "parties/sued"):
        of_sued = books.browsers[name].look(f"/money/{path}")
        expected = 200 if name in (VENDOR, "sued") else 404
        assert of_sued.status_code == expected, path


def test_an_explanation_leads_from_a_figure_to_its_events(books):
    answer = books.api("/v1/billing/explain/R-000003", "klinik")
    page = page_of(books, "klinik", "/money/explain/R-000003")
    behind = table(page, "The events behind its lines")
    assert [row["Event"] for row in behind] == [
        str(step["position"]) for line in answer["lines"] for step in line["steps"]
    ]
    assert behind[0]["What it says"] == "charge 1: fell due on 29 Feb 2024, klinik owes it"
    prices = table(page, "The prices and rates behind them")
    assert [row["Event"] for row in prices] == [str(step["position"]) for step in answer["terms"]]


def test_own_fees_are_as_the_api_says(books):
    answer = books.api("/v1/fees/nord/statements/2025", "nord")
    page = page_of(books, "nord", "/money/fees?year=2025")
    shown = [(row["Customer"], row["Net"]) for row in table(page, "Charged, by customer")]
    assert shown == [(one["customer"], euros(one["net_cents"])) for one in answer["customers"]] != []
    memos = books.api("/v1/fees/nord/memos?year=2025", "nord")["memos"]
    listed = table(page_of(books, "nord", "/money/fees/memos?year=2025"), "What was charged")
    assert [(row["Customer"], row["Net"]) for row in listed] == [
        (one["customer"], euros(one["net_cents"])) for one in memos
    ]


def test_files_are_as_they_were_issued_and_for_who_sees_the_document(books):
    for ending, how in (("pdf", "inline"), ("xml", "attachment")):
        issued = books.browsers["klinik"].client.get(
            f"/v1/billing/documents/R-000003/{ending}", headers=books.keys["klinik"]
        )
        for name in (VENDOR, "klinik"):
            found = books.browsers[name].look(f"/money/documents/R-000003/{ending}")
            assert found.content == issued.content
            assert found.headers["content-type"] == issued.headers["content-type"]
            assert found.headers["content-disposition"] == f'{how}; filename="R-000003.{ending}"'
        assert books.browsers["nord"].look(f"/money/documents/R-000003/{ending}").status_code == 404


def test_amounts_and_days_are_in_the_readers_language(books):
    page = books.browsers[VENDOR].look("/money/documents/R-000003", **{"Accept-Language": "de"}).text
    assert "942,48\N{NO-BREAK SPACE}€" in page
    assert "29.02.2024" in page


@pytest.mark.parametrize(
    "path",
    ["charges?year=abc", "ledger?account=cash", "documents?kind=note", "ledger?since=x", "charges?cursor=x"],
)
def test_an_address_that_cannot_be_read_says_what_would_be_right(books, path):
    answer = books.browsers[VENDOR].look(f"/money/{path}")
    assert answer.status_code == 400
    assert 'class="problem"' in answer.text

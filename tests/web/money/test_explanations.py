"""From a figure down to its events: at each step the amounts below add up to the one above."""

from __future__ import annotations

import pytest

from tests.api.accounts import VENDOR
from tests.web.money.tables import rows_of, table

LINES = "The events behind its lines"


def cents(text: str) -> int:
    """An amount as it reads, of what stands after the last blank."""
    amount = text.replace(",", "").replace("€", "").replace(".", "")
    return int(amount)


def page_of(books, path):
    answer = books.browsers[VENDOR].look(path, **{"Accept-Language": "en"})
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.fixture
def books(corrected_books):
    """Documents of all kinds, and corrected for all reasons."""
    return corrected_books


@pytest.fixture
def numbers(books):
    """All documents, with their kinds."""
    found = books.api("/v1/billing/documents?limit=200", VENDOR)["documents"]
    assert {one["kind"] for one in found} == {"invoice", "settlement", "correction"}
    assert {one["correction_reason"] for one in found} >= {"rate", "reversed", "particulars"}
    return found


def test_the_events_of_each_line_add_up_to_it_and_the_lines_to_the_document(books, numbers):
    for document in numbers:
        # Given a document of any kind, what is behind it line by line
        page = page_of(books, f"/money/explain/{document['number']}")
        groups, of_group, foot = [], [], []
        for row in rows_of(page, LINES)[1:]:
            if len(row) == 5:
                of_group[-1] += [cents(row[-1])] if row[-1].startswith(("€", "-€")) else []
            elif foot or row[0].startswith("Lines in all"):
                foot.append(cents(row[-1]))
            else:
                groups.append(cents(row[-1]))
                of_group.append([])
        # Then the events add up to their lines, these to the net sum, and this with the tax to the whole
        assert groups == [sum(one) for one in of_group], document
        net, *vat, gross = foot
        assert sum(groups) == net == document["net_cents"]
        assert sum(vat) == document["vat_cents"]
        assert net + sum(vat) == gross == document["gross_cents"]
        assert f'<b class="nowrap">{"-" if gross < 0 else ""}€' in page


def test_what_an_earlier_document_has_is_said_and_not_counted_again(books, numbers):
    reversed_by = next(one for one in numbers if one["correction_reason"] == "reversed")
    page = page_of(books, f"/money/explain/{reversed_by['number']}")
    assert f"in {reversed_by['corrects']}: €99.00" in page
    taken_back = next(one for one in numbers if one["correction_reason"] == "particulars")
    page = page_of(books, f"/money/explain/{taken_back['number']}")
    assert f"taken back as {taken_back['corrects']} had it" in page


def test_the_documents_of_a_settlement_add_up_to_it(books):
    settlements = books.api("/v1/billing/settlements", VENDOR)["settlements"]
    assert settlements
    for one in settlements:
        page = page_of(books, f"/money/explain/{one['seller']}/{one['year']}")
        *documents, in_all = rows_of(page, "Its documents")[1:]
        sums = [sum(cents(row[at]) for row in documents) for at in (-3, -2, -1)]
        assert sums == [cents(text) for text in in_all[-3:]]
        assert sums == [one["net_cents"], one["vat_cents"], one["gross_cents"]]


def test_the_events_of_a_package_add_up_to_what_stands_charged(books):
    for package in ("L-1", "L-4", "L-7"):
        page = page_of(books, f"/money/explain/{package}")
        *events, in_all = rows_of(page, "Its events")[1:]
        standing = books.api(f"/v1/billing/charges?package={package}", VENDOR)["charges"]
        expected = sum(one["net_cents"] for one in standing if not one["is_reversed"])
        assert sum(cents(row[-1]) for row in events if row[-1]) == cents(in_all[-1]) == expected
    assert table(page, "Its events")

"""What stands on the pages, in German and in the order in which it is read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from casecore.documents import labels
from casecore.documents.letter import letter, printed
from tests.documents.examples import (
    CORRECTION,
    INVOICE,
    OUTSIDE_SCOPE,
    REPLACEMENT,
    REVERSE_CHARGE,
    SETTLEMENT,
    VENDOR,
)


@pytest.mark.parametrize(
    ("cents", "written"),
    [
        (0, "0,00"),
        (5, "0,05"),
        (123456, "1.234,56"),
        (123456789000, "1.234.567.890,00"),
        (-9900, "\u221299,00"),
    ],
)
def test_money_is_written_as_in_german(cents: int, written: str) -> None:
    assert labels.money(cents) == f"{written}\u00a0€"


@pytest.mark.parametrize(
    ("rate", "written", "plain"),
    [("19", "19", "19"), ("19.00", "19", "19"), ("7.5", "7,5", "7.5"), ("2E+1", "20", "20"), ("0", "0", "0")],
)
def test_a_rate_is_written_without_zeros_at_its_end(rate: str, written: str, plain: str) -> None:
    assert labels.percent(Decimal(rate)) == f"{written}\u00a0%"
    assert labels.plain(Decimal(rate)) == plain


def test_a_day_is_written_as_in_german() -> None:
    assert labels.day(date(2025, 3, 1)) == "01.03.2025"


def test_an_invoice_says_what_the_law_demands() -> None:
    texts = str(letter(INVOICE))
    for particular in (
        "Beispielwerk Software GmbH",
        "Musterweg 7",
        "Steuernummer 201/123/12340",
        "USt-IdNr. DE123456789",
        "Zahnarztpraxis Dr. Änne Übermut",
        "10115 Berlin",
        "R-000007",
        "15.01.2026",
        "28.02.2026",
        "IBAN DE02 1203 0000 0000 2020 51",
    ):
        assert particular in texts
    assert letter(INVOICE)["total"] == ["Rechnungsbetrag brutto", "117,81\u00a0€"]
    assert letter(INVOICE)["groups"][0]["heading"] == ""


def test_a_settlement_lists_what_to_bill_each_customer() -> None:
    said = letter(SETTLEMENT)
    assert said["title"] == "Jahresabrechnung Softwarewartung 2025"
    headings = [(group["heading"], group["subtotal"]) for group in said["groups"]]
    assert headings == [
        ("Zahnarztpraxis Nr. 1 · K-0001", "99,00\u00a0€"),
        ("Zahnarztpraxis Nr. 2 · K-0002", "198,00\u00a0€"),
    ]
    notes = [row["note"] for group in said["groups"] for row in group["rows"]]
    assert notes == ["", "Nachberechnung", ""]
    positions = [row["position"] for group in said["groups"] for row in group["rows"]]
    assert positions == ["1", "2", "3"]


def test_a_settlement_in_parts_says_which_it_is() -> None:
    said = letter(SETTLEMENT._replace(part=2, parts=3))
    assert said["title"] == "Jahresabrechnung Softwarewartung 2025, Teil 2 von 3"


def test_each_of_several_rates_says_on_what_it_is() -> None:
    assert letter(SETTLEMENT)["sums"] == [
        ["Summe netto", "297,00\u00a0€"],
        ["USt 16\u00a0% auf 99,00\u00a0€", "15,84\u00a0€"],
        ["USt 19\u00a0% auf 198,00\u00a0€", "37,62\u00a0€"],
    ]
    assert letter(SETTLEMENT)["total"] == ["Rechnungsbetrag brutto", "350,46\u00a0€"]


def test_a_correction_names_its_original_and_takes_amounts_back() -> None:
    said = letter(CORRECTION)
    assert said["title"] == "Rechnungskorrektur"
    assert said["subtitle"] == "zu Rechnung Nr. R-000001 vom 03.03.2025"
    assert said["sums"] == [
        ["Summe netto", "\u221299,00\u00a0€"],
        ["USt 19\u00a0%", "\u221218,81\u00a0€"],
    ]
    assert said["total"] == ["Korrekturbetrag brutto", "\u2212117,81\u00a0€"]
    assert said["groups"][0]["rows"][0]["net"] == "\u221299,00\u00a0€"
    assert "Bitte überweisen" not in str(said)
    # § 14 Abs. 2 UStG keeps this word for what the buyer issues.
    assert "utschrift" not in str(said)


def test_a_document_that_is_issued_again_names_the_one_that_it_replaces() -> None:
    said = letter(REPLACEMENT)
    assert (said["title"], said["subtitle"]) == (
        "Rechnung",
        "ersetzt Rechnung Nr. R-000001 vom 03.03.2025",
    )
    assert "Was Sie auf die ersetzte Rechnung schon gezahlt haben, rechnen wir an." in said["opening"]


def test_reverse_charge_is_said_in_the_words_of_the_law() -> None:
    assert "Steuerschuldnerschaft des Leistungsempfängers." in letter(REVERSE_CHARGE)["closing"]
    assert letter(REVERSE_CHARGE)["address"][-1] == "1010 Wien (AT)"


def test_outside_the_scope_of_tax_there_is_no_rate_and_it_is_said_why() -> None:
    said = letter(OUTSIDE_SCOPE)
    assert "Im Inland nicht steuerbare Leistung (§ 3a Abs. 2 UStG)." in said["closing"]
    assert said["groups"][0]["rows"][0]["rate"] == "–"
    assert said["sums"][1] == ["USt, nicht steuerbar", "0,00\u00a0€"]
    assert said["total"] == ["Rechnungsbetrag brutto", "99,00\u00a0€"]
    assert said["footer"][1] == ["Steuernummer 201/123/12340"]
    assert "USt-IdNr." not in str(said)


def test_without_an_account_none_is_promised() -> None:
    said = letter(INVOICE._replace(seller=VENDOR._replace(iban=None, bic=None)))
    assert "Konto" not in str(said)
    assert "BIC" not in str(said)


def test_what_no_font_has_is_printed_as_its_code_point() -> None:
    assert printed("Praxis 株 \U0001f600 \u202etxt") == "Praxis [U+682A] [U+1F600] [U+202E]txt"


def test_a_letter_with_its_accent_apart_is_printed_as_one() -> None:
    assert printed("U\u0308bermut") == "Übermut"


def test_a_word_wider_than_a_column_may_break() -> None:
    assert printed("x" * 50).split("\u200b") == ["x" * 24, "x" * 24, "x" * 2]

"""How a buyer outside Germany may be taxed: what cannot be right is refused, and counts no more."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.billing import refusals
from casecore.billing.buyer import Buyer
from casecore.billing.commands import BuyerCommand, EndHold, HoldBuyer, ReleaseBuyer
from casecore.billing.taxation import rate_in_words
from casecore.contract.billing import VatCategory
from casecore.contract.buyers import BuyerHeld, BuyerReleased
from casecore.contract.parties import BuyerStatus, PartyRole
from casecore.contract.personal import Plain
from casecore.contract.streams import buyer_stream_id, party_stream_id
from casecore.decider.refusal import Refusal
from tests.billing.bookkeeping import BY_VENDOR, Paper

STANDARD, REVERSE_CHARGE, OUTSIDE_SCOPE = VatCategory
BUSINESS, PRIVATE = BuyerStatus

VAT_IDS = {"AT": "ATU12345675", "CH": "CHE123456788", "MC": "FR40303265045"}

# By country (a state of the Union, a third country, and Monaco, which counts as French), what the buyer is,
# and whether it has a VAT id: all that a document can be. Written down by hand from § 3a (2) and § 13b UStG.
POSSIBLE: dict[tuple[str, BuyerStatus | None, bool], set[VatCategory]] = {
    ("AT", None, True): {STANDARD, REVERSE_CHARGE},
    ("AT", None, False): {STANDARD},
    ("AT", BUSINESS, True): {STANDARD, REVERSE_CHARGE},
    ("AT", BUSINESS, False): {STANDARD},
    ("AT", PRIVATE, True): {STANDARD},
    ("AT", PRIVATE, False): {STANDARD},
    ("MC", BUSINESS, True): {STANDARD, REVERSE_CHARGE},
    ("MC", None, False): {STANDARD},
    ("CH", None, True): set(),
    ("CH", None, False): set(),
    ("CH", BUSINESS, True): {OUTSIDE_SCOPE},
    ("CH", BUSINESS, False): {OUTSIDE_SCOPE},
    ("CH", PRIVATE, True): {STANDARD},
    ("CH", PRIVATE, False): {STANDARD},
}


def buyer_in(
    country: str, buys_as: BuyerStatus | None, has_vat_id: bool = False, paper: Paper | None = None
) -> Paper:
    """A business with this buyer, or the one given, in which it is this now."""
    paper = paper or Paper()
    vat_id = VAT_IDS[country] if has_vat_id else None
    paper.party("bergen", PartyRole.CUSTOMER, country=country, vat_id=vat_id, buys_as=buys_as)
    return paper


def releasing(country: str, category: VatCategory) -> BuyerCommand:
    do = ReleaseBuyer(country=country, category=category, reason="looked at")
    return BuyerCommand(command_id=uuid4(), actor=BY_VENDOR, buyer="bergen", do=do)


@pytest.mark.parametrize("case", POSSIBLE, ids=str)
def test_a_buyer_is_released_to_each_tax_that_can_be_right_and_to_no_other(
    case: tuple[str, BuyerStatus | None, bool],
) -> None:
    for category in VatCategory:
        paper, command = buyer_in(*case), releasing(case[0], category)
        if category in POSSIBLE[case]:
            paper.when(command).then(
                BuyerReleased(buyer="bergen", country=case[0], category=category, reason=Plain("looked at"))
            )
        else:
            with pytest.raises(Refusal, match=r"record|give"):
                paper.give(command)


@pytest.mark.parametrize(
    ("country", "buys_as", "category", "refusal", "says"),
    [
        ("CH", None, STANDARD, refusals.BuyerStatusUnknown, "buys_as is business, or private"),
        ("CH", None, OUTSIDE_SCOPE, refusals.BuyerStatusUnknown, "it is not known as what it buys"),
        ("CH", BUSINESS, STANDARD, refusals.OutsideTheScope, "give outside_scope"),
        ("CH", PRIVATE, OUTSIDE_SCOPE, refusals.PrivateBuyerIsTaxed, "give standard"),
        ("CH", BUSINESS, REVERSE_CHARGE, refusals.NoReverseCharge, "outside the European Union"),
        ("AT", BUSINESS, OUTSIDE_SCOPE, refusals.WithinTheUnion, "give reverse_charge"),
        ("AT", PRIVATE, REVERSE_CHARGE, refusals.PrivateBuyerIsTaxed, "give standard"),
        ("AT", BUSINESS, REVERSE_CHARGE, refusals.VatIdMissing, "record it"),
    ],
)
def test_a_refusal_says_what_would_be_right(
    country: str,
    buys_as: BuyerStatus | None,
    category: VatCategory,
    refusal: type[Refusal],
    says: str,
) -> None:
    paper = buyer_in(country, buys_as)
    paper.when(releasing(country, category)).then_refused(refusal, says)


def released_before(paper: Paper, country: str, category: VatCategory) -> Paper:
    """An earlier program recorded how the buyer is billed, whatever it is."""
    paper.states[buyer_stream_id("bergen")] = Buyer(released={country: category}, version=1)
    return paper


@given(
    st.sampled_from(["DE", "AT", "CH"]), st.sampled_from([None, *BuyerStatus]), st.sampled_from(VatCategory)
)
def test_what_was_released_before_counts_where_it_can_be_right(
    country: str, buys_as: BuyerStatus | None, category: VatCategory
) -> None:
    # Given a release of an earlier program, and a buyer whose VAT id the document will ask for
    paper = released_before(buyer_in(country, buys_as), country, category)
    details = paper.states[party_stream_id("bergen")].details
    # Then it is billed so only if it could be released so now
    possible = {STANDARD} if country == "DE" else POSSIBLE[country, buys_as, True]
    expected = STANDARD if country == "DE" else category if category in possible else None
    assert paper.buyer("bergen").taxed_as(details) is expected


def test_a_release_of_a_third_country_counts_again_once_the_buyer_is_known_to_be_private() -> None:
    # Given a buyer in Switzerland that was released to German tax before anybody asked what it is
    paper = released_before(buyer_in("CH", None), "CH", STANDARD)
    # Then a run holds it
    hold, end = HoldBuyer(country="CH"), EndHold()
    assert paper.buyer_command("bergen", hold) == (BuyerHeld(buyer="bergen", country="CH"),)
    assert paper.buyer_command("bergen", end) == ()
    # And bills it with German tax once it is recorded that it is private
    buyer_in("CH", PRIVATE, paper=paper)
    assert paper.buyer_command("bergen", end) == (
        BuyerReleased(buyer="bergen", country="CH", category=STANDARD),
    )
    # But not once it is known to be a business, until somebody decides that
    buyer_in("CH", BUSINESS, paper=paper)
    assert len(paper.buyer_command("bergen", hold)) == 1
    paper.when(releasing("CH", OUTSIDE_SCOPE)).made()
    assert paper.buyer_command("bergen", hold) == ()


@pytest.mark.parametrize(
    ("category", "says"), [(STANDARD, "19 %"), (REVERSE_CHARGE, "0 %"), (OUTSIDE_SCOPE, "no tax")]
)
def test_what_is_outside_the_scope_of_tax_is_not_said_to_have_a_rate(
    category: VatCategory, says: str
) -> None:
    assert rate_in_words(category, Decimal(19 if category is STANDARD else 0)) == says

"""The third part of the story: what falls due, settlements, invoices, corrections, and fees of others."""

from __future__ import annotations

from tests.surface.story_basis import IDA, PAUL, Step

_AGREE = "billing fee-agreement set"
_UDO = "--as seller:sued:udo"

CHARGED = (
    Step("billing terms"),
    Step("billing price 101.50 --from 2026-06-01"),
    Step("billing vat 18.5 --from 2029-01-01"),
    # Nothing is charged yet, so there is nothing to bill.
    Step("billing invoice"),
    Step("billing run --until 2026-06-30"),
    Step("billing close-year 2023"),
    # Not before the year before it.
    Step("billing close-year 2025", ends=5),
    Step("billing close-year 2025 --seller sued", ends=3),
    Step("billing close-year 2024"),
    Step("billing close-year 2025"),
    # A buyer abroad is held until someone decides.
    Step("billing invoice", ends=5),
)

FEES = (
    Step(f"{_AGREE} nord --service level_0 --each-case 25.00 --from 2026-01-01 {IDA}"),
    Step(f"{_AGREE} nord --service level_0 --customer klinik-west --free --from 2026-01-01 {IDA}"),
    Step(f"{_AGREE} sued --service level_0 --yearly 120.00 --from 2025-01-01 {_UDO}"),
    Step(f"{_AGREE} sued --service user_support --hourly 90.00 --no-vat --from 2026-01-01 {PAUL}"),
    Step(
        f"{_AGREE} sued --service user_support --customer praxis-wien --topic training=45.00 "
        f"--topic program_use=20.00 --from 2026-01-01 {PAUL}"
    ),
    Step("billing fees --until 2026-06-30"),
    Step(f"billing fee-agreement end nord 2 --from 2026-07-01 {IDA}"),
    Step("billing fee-agreement list nord"),
    Step("billing fee-agreement list sued"),
    Step("billing fee-statement nord 2026"),
    Step("billing fee-statement sued 2026"),
    Step(f"billing fee-agreement withdraw nord 1 {IDA}"),
    Step("billing fees --until 2026-06-30"),
    Step("billing fee-statement nord 2026 --since 1", "billing fee-statement --since"),
    Step("billing fee-statement sued 2026 --since 1", "billing fee-statement --since"),
)

HELD = (Step("billing held", waits=True),)
"""Asked once the view has what was held, and before it is decided."""

CORRECTED = (
    Step('billing release praxis-wien --country AT --tax reverse_charge --reason "VAT id confirmed"'),
    # A fee that an invoice billed is taken back by a correction.
    Step('licence void P-2002 --reason "never delivered"'),
    Step("billing run --until 2026-06-30"),
    Step("billing invoice"),
    # What becomes known of a settled year, and a new fee, are open from then on.
    Step('licence void P-1001 --reason "never delivered"'),
    Step(
        "licence activate P-2004 --customer klinik-west --seller vendor --type standard "
        "--program-version 7.3 --from 2026-02-01"
    ),
    Step("billing run --until 2026-06-30"),
    # What was wrong about a package is put right, and what follows is said.
    Step("licence correct P-2004 --activated-on 2026-02-02"),
    Step("licence correct P-2004 --activated-on 2026-02-01"),
    Step(
        "licence activate P-2005 --customer klinik-west --seller vendor --type standard "
        "--program-version 7.3 --from 2025-02-01"
    ),
    Step("licence cancel P-2005 --from 2025-12-01"),
    Step("licence uncancel P-2005"),
    Step("licence transfer P-2005 --customer praxis-ost --from 2026-01-01"),
    # An invoice has the address of before.
    Step(
        'party change klinik-west --role customer --name "Klinik am Rhein gGmbH" --street "Rheinufer 41" '
        "--postal-code 50668 --city Bonn --country DE --vat-id DE123456788"
    ),
    Step("billing correct-document R-000006"),
)

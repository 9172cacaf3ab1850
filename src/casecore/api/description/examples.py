"""Examples in the description: a body for each action, about the organisations of the events' examples."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from casecore.billing import commands as billing
from casecore.billing.fees import commands as fees
from casecore.cases import commands as cases
from casecore.contract.billing import VatCategory
from casecore.contract.cases import Audience, Category, Priority
from casecore.contract.fees import FeeService, YearlyFee
from casecore.contract.parties import PartyRole
from casecore.decider.command import Action
from casecore.licences import commands as licences
from casecore.parties import commands as parties

CUSTOMER, OTHER_CUSTOMER = "practice-lindenhof", "practice-seeblick"
SELLER, OTHER_SELLER, VENDOR = "dental-systems-nord", "dental-systems-sued", "imaging-software"

_ACTIVATED_ON = date(2026, 3, 2)
_DETAILS = parties.RegisterParty(
    roles=(PartyRole.CUSTOMER,),
    name="Praxis Lindenhof",
    street="Lindenstraße 4",
    postal_code="20457",
    city="Hamburg",
    country="DE",
)

EXAMPLE_ACTIONS: Mapping[type[Action], Action] = MappingProxyType(
    {
        type(one): one
        for one in (
            cases.OpenCase(
                customer=CUSTOMER,
                seller=SELLER,
                category=Category.TECHNICAL_SUPPORT,
                topic="troubleshooting",
                subject="Server does not start after the update",
            ),
            cases.TakeCase(agent="j.petersen"),
            cases.AssignCase(agent="j.petersen"),
            cases.EscalateCase(reason="The log names a corrupt table."),
            cases.HandBackCase(reason="A patch is out; please install it."),
            cases.WaitForCustomer(reason="Which version is installed?"),
            cases.ResumeCase(),
            cases.PostMessage(
                text="The table can be repaired: ask the practice for its backup.",
                audience=Audience.INTERNAL,
                readers=(SELLER, VENDOR),
            ),
            cases.ChangePriority(priority=Priority.HIGH),
            cases.ReclassifyCase(category=Category.TECHNICAL_SUPPORT, topic="recovery"),
            cases.RecordEffort(minutes=25, note="Read the log."),
            cases.ResolveCase(resolution_code="solved", summary="Patch 3 fixes it."),
            cases.ReopenCase(reason="It happened again."),
            cases.CloseCase(),
            cases.CancelCase(reason="Opened by mistake."),
            cases.PinPolicy(policy="nord-level-0", reason="The customer has another contract."),
            _DETAILS,
            parties.ChangeParty(**{name: getattr(_DETAILS, name) for name in _DETAILS.__struct_fields__}),
            licences.ActivateLicence(
                customer=CUSTOMER,
                seller=SELLER,
                licence_type="viewer",
                program_version="8.2",
                effective_on=_ACTIVATED_ON,
            ),
            licences.ChangeLicence(program_version="8.3"),
            licences.CorrectActivation(activated_on=date(2026, 3, 3)),
            licences.AssignLicence(seller=OTHER_SELLER, from_on=date(2026, 7, 1)),
            licences.TransferLicence(customer=OTHER_CUSTOMER, from_on=date(2026, 9, 1)),
            licences.CancelLicence(from_on=date(2027, 1, 31)),
            licences.WithdrawCancellation(),
            licences.VoidLicence(reason="Entered twice."),
            fees.AgreeFee(
                service=FeeService.LEVEL_0,
                customer=CUSTOMER,
                from_on=date(2026, 1, 1),
                terms=YearlyFee(12_000),
                vat_country="DE",
            ),
            fees.EndFeeAgreement(agreement=1, from_on=date(2027, 1, 1)),
            fees.WithdrawFeeAgreement(agreement=1),
            billing.HoldBuyer(country="AT"),
            billing.ReleaseBuyer(
                country="AT", category=VatCategory.REVERSE_CHARGE, reason="The VAT id was confirmed."
            ),
            billing.SetMaintenancePrice(from_on=date(2007, 1, 1), net_cents=9_900),
            billing.SetVatRate(country="DE", from_on=date(2021, 1, 1), percent=Decimal(19)),
        )
    }
)
"""The body of each action that a door may give, in the order in which they can be given."""

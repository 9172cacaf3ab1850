"""A business in which every text that somebody can write is an attack on the page that shows it."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from msgspec.structs import replace

from casecore.app.actors import parse_actor
from casecore.billing.fees.commands import AgreeFee, FeeAgreementCommand
from casecore.cases import commands as c
from casecore.contract.cases import Audience, Category, Priority
from casecore.contract.fees import FeeService, YearlyFee
from casecore.contract.parties import PartyRole
from casecore.contract.service_levels import Covers
from casecore.licences.commands import ActivateLicence
from casecore.parties.commands import PartyCommand, RegisterParty
from casecore.runs.fee_books import FeeBooks
from casecore.runs.fees import keep_fees
from casecore.service_levels.commands import PublishCalendar, PublishPolicy, ServiceLevelCommand
from projections.catalogue import VIEWS
from tests.api.accounts import LAST, open_accounts
from tests.api.parking import parked_event
from tests.cases.promises import SHA, calendar, policy
from tests.projections.stored import fold_store
from tests.runs.business import BY_VENDOR, Business
from tests.web.casework import Casework

IDA, VERA = "seller:nord:ida", "vendor:vendor:vera"
TEXT = "</textarea></title><data>owned</data><img src=x onerror=\"document.title='owned'\">{{7*7}}"
"""What would make an element `data`, or run, if a page took it for more than text."""
NAME = "\"'><data>{{7*7}}&amp;\\?#%0A"
"""The same in a name, of which addresses are made too."""
TECHNICAL = {"category": Category.TECHNICAL_SUPPORT, "topic": "troubleshooting"}
HOUR, DAY = 60, 24 * 60


def fill(database: str) -> None:
    """Let the business with accounts have cases, promises and a package of whoever writes such texts."""
    with open_accounts(database) as business:
        _promise(business)
        _sell(business)
    work = Casework(database)
    _work(work)
    for view in VIEWS.values():
        assert fold_store(database, view) == 0
    parked_event(database, f"C-{NAME}", 2)


def _promise(business: Business) -> None:
    own = calendar(id=f"c{NAME}", time_zone="Europe/Berlin", holidays=(date(2026, 4, 3),))
    nord = replace(own, id="office-nord")
    publish = (
        PublishCalendar(
            organisation="vendor", calendar=own, definition_sha256=SHA, holiday_names={"2026-04-03": NAME}
        ),
        PublishPolicy(policy=policy(f"p{NAME}", calendar=own), definition_sha256=SHA),
        PublishPolicy(
            policy=policy(
                f"q{NAME}", calendar=own, match={"customers": (NAME,), "sellers": (NAME,), "topics": (NAME,)}
            ),
            definition_sha256=SHA,
        ),
        PublishCalendar(organisation="nord", calendar=nord, definition_sha256=SHA),
        PublishPolicy(
            policy=policy("nord-level-0", Covers.LEVEL_0, 2, calendar=nord, organisation="nord"),
            definition_sha256=SHA,
        ),
    )
    for do in publish:
        actor = parse_actor(IDA if "nord" in do_owner(do) else VERA)
        business.bus.give(ServiceLevelCommand(command_id=uuid4(), actor=actor, do=do))


def do_owner(do: PublishCalendar | PublishPolicy) -> str:
    """Whose promise it is."""
    return do.organisation if isinstance(do, PublishCalendar) else do.policy.organisation


def _sell(business: Business) -> None:
    """A practice and a reseller with such names, and packages of theirs that are billed, and one on hold."""
    texts = {field: f"{field} {TEXT}" for field in ("name", "street", "postal_code", "city")}
    for name, roles, country in (
        (NAME, (PartyRole.CUSTOMER,), "DE"),
        (f"r{NAME}", (PartyRole.RESELLER,), "DE"),
        (f"a{NAME}", (PartyRole.CUSTOMER,), "AT"),
    ):
        do = RegisterParty(roles=roles, country=country, **texts)
        business.bus.give(PartyCommand(command_id=uuid4(), actor=BY_VENDOR, party=name, do=do))
    for package, customer, seller in (
        (f"P{NAME}", NAME, "vendor"),
        (f"R{NAME}", NAME, f"r{NAME}"),
        (f"A{NAME}", f"a{NAME}", "vendor"),
    ):
        sold = ActivateLicence(
            customer=customer,
            seller=seller,
            licence_type=NAME,
            program_version=NAME,
            effective_on=date(2025, 3, 1),
        )
        business.licence(package, sold)
    fee = AgreeFee(
        service=FeeService.LEVEL_0,
        from_on=date(2024, 1, 1),
        terms=YearlyFee(9_950),
        vat_country="DE",
        customer=NAME,
    )
    business.bus.give(
        FeeAgreementCommand(command_id=uuid4(), actor=parse_actor(VERA), party="vendor", do=fee)
    )
    business.run(LAST)
    business.invoice(NAME)
    business.close(2025, f"r{NAME}")
    with FeeBooks(business.database) as books:
        keep_fees(books, business.bus, LAST)


def _work(work: Casework) -> None:
    """Cases of the last weeks at every place where one can be; what people write is such a text."""
    opening = c.OpenCase(customer="praxis-ost", seller="nord", partner="campus", **TECHNICAL)
    for number, days in enumerate((60, 45, 30, 20, 10)):
        work.do(IDA, f"K-{number}", (replace(opening, priority=list(Priority)[number % 4]), days * DAY))
    work.do(
        IDA, "K-0", (c.TakeCase(agent="ida"), 50 * DAY), (c.ResolveCase(resolution_code="solved"), 40 * DAY)
    )
    work.do(IDA, "K-1", (c.TakeCase(agent="jan"), 40 * DAY), (c.WaitForCustomer(), 39 * DAY))
    work.do(IDA, "K-2", (c.TakeCase(), 29 * DAY))
    work.do(IDA, "K-3", (c.EscalateCase(reason="beyond us"), 19 * DAY))
    case, agent = f"C-{NAME}", f"seller:nord:{NAME}"
    written = replace(opening, customer=NAME, subject=f"subject {TEXT}")
    work.do(agent, case, (written, 9 * HOUR), (c.TakeCase(agent=NAME), 8 * HOUR))
    work.do(
        agent,
        case,
        (c.PostMessage(text=f"to all {TEXT}"), 7.9 * HOUR),
        (
            c.PostMessage(text=f"to us {TEXT}", audience=Audience.INTERNAL, readers=("nord", "vendor")),
            7.8 * HOUR,
        ),
        (c.WaitForCustomer(reason=f"wait {TEXT}"), 7 * HOUR),
        (c.RecordEffort(minutes=20, note=f"effort {TEXT}"), 6.9 * HOUR),
        (c.EscalateCase(reason=f"escalate {TEXT}"), 6 * HOUR),
    )
    work.do(
        VERA,
        case,
        (c.HandBackCase(reason=f"back {TEXT}"), 5 * HOUR),
    )
    work.do(
        agent,
        case,
        (c.ResolveCase(resolution_code="solved", summary=f"solved {TEXT}"), 4 * HOUR),
        (c.ReopenCase(reason=f"again {TEXT}"), 3 * HOUR),
        (c.EscalateCase(reason="again"), 2 * HOUR),
    )
    work.do(VERA, case, (c.AssignCase(agent="vera"), HOUR))
    work.do(VERA, f"X-{NAME}", (replace(written, seller="vendor", priority=Priority.URGENT), 3 * HOUR))
    work.do(
        f"customer:{NAME}:{NAME}",
        f"X-{NAME}",
        (c.CancelCase(reason=f"cancelled {TEXT}", duplicate_of=case), HOUR),
    )

"""Opening a case, and which topic goes with which category."""

from __future__ import annotations

from casecore.cases.commands import OpenCase
from casecore.cases.facts import first_organisation, personal
from casecore.cases.permissions import Parties, check_party, check_permission
from casecore.cases.refusals import CaseAlreadyOpened, PartnerMissing, TopicUnknown
from casecore.cases.state import Case
from casecore.cases.topics import TOPICS, topics_of
from casecore.contract.cases import CaseOpened, Category, Standing, State
from casecore.decider.command import GivenActor


def open_case(case: Case | None, reference: str, actor: GivenActor, do: OpenCase, vendor: str) -> CaseOpened:
    """The opening; raises NotPermitted, NotYourCase, CaseAlreadyOpened, TopicUnknown or PartnerMissing."""
    check_party(actor, Parties(do.customer, do.seller, vendor, do.partner))
    check_permission(do.verb, actor.role, None)
    if case is not None:
        raise CaseAlreadyOpened(reference)
    check_topic(do.category, do.topic, do.partner)
    standing = Standing(
        state=State.OPENED,
        category=do.category,
        topic=do.topic,
        priority=do.priority,
        organisation=first_organisation(do.category, do.seller, do.partner),
    )
    return CaseOpened(
        reference=reference,
        customer=do.customer,
        seller=do.seller,
        vendor=vendor,
        partner=do.partner,
        standing=standing,
        subject=personal(do.subject),
        licence_package=do.licence_package,
    )


def check_topic(category: Category, topic: str, partner: str | None) -> None:
    """Raise unless the topic is one of the category's, and user support has a partner (rule 3)."""
    if topic not in TOPICS or TOPICS[topic].category is not category:
        raise TopicUnknown(topic, category.value, topics_of(category))
    if category is Category.USER_SUPPORT and partner is None:
        raise PartnerMissing()

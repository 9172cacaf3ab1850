"""The kinds of stream, and the topic of each."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from uuid import UUID, uuid5


class StreamKind(NamedTuple):
    """A kind of stream: its events' types begin with `type_prefix`, and go to the topic `PREFIX.topic`."""

    type_prefix: str
    topic: str


CASES = StreamKind("casecore.case.", "cases")
SERVICE_LEVELS = StreamKind("casecore.service_level.", "service_levels")
PARTIES = StreamKind("casecore.party.", "parties")
LICENCES = StreamKind("casecore.licence.", "licences")
BILLING = StreamKind("casecore.billing.", "billing")
STREAM_KINDS: tuple[StreamKind, ...] = (CASES, SERVICE_LEVELS, PARTIES, LICENCES, BILLING)

PARTITIONS = 12
"""Partitions of each topic. Never changed: a key would move, and its order would be lost."""

TOPIC_CONFIGURATION: dict[str, str] = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "max.message.bytes": "1048588",
    "message.timestamp.type": "CreateTime",
}
"""What every topic is created with; min.insync.replicas follows from the number of replicas."""

CASE_NAMESPACE = UUID("6f1d9f0a-54a5-5c0e-9d7e-1f6a3c2b7e10")

SERVICE_LEVEL_BOOK = UUID("e7765d42-5edb-4dcb-ab1b-2110b9e5003d")
"""The one stream of all calendars and policies, so that a decision on a case knows which stream to read."""

BILLING_TERMS = UUID("3d9a4c1e-7b52-4f60-8a1d-52c4e0b7f913")
"""The one stream of all prices and rates of tax."""

DOCUMENT_SERIES = UUID("a41f0d36-2c8e-4b9b-9d57-6e3f18c2ab05")
"""The one series of the vendor's documents: a document's number is its place here, so there are no gaps."""

DOCUMENT_CORRECTIONS = UUID("0b6fd3c2-95e1-4a7d-b1c4-82f05c6e9a31")
"""The one stream of decisions to issue a document again: what is open of them is found without a search."""

_PARTY_NAMESPACE = UUID("1c6c2f0e-93d5-4a42-9c0b-5d7a86e1f432")
_PACKAGE_NAMESPACE = UUID("84b7e5d2-0f3a-4d16-b6c9-27a1c05d9e68")
_ACCOUNT_NAMESPACE = UUID("c92d10a7-5be4-46f3-8e0a-b14f7d3692c5")
_BUYER_NAMESPACE = UUID("57e83b49-d1a6-4c72-a9f5-0e6b2c84d7f1")
_FEE_AGREEMENTS_NAMESPACE = UUID("2f8c61d4-9e07-4b3a-8d25-c0a9f47e1b63")
_CASE_FEES_NAMESPACE = UUID("d07b3e95-46fa-4c18-b2d3-71e5a80c9f24")
_CUSTOMER_FEES_NAMESPACE = UUID("9a54c7f0-2d1b-4e86-a3f8-05b6d9e2c71a")


# A case gets several commands in a short time, and hashing its name takes half as long as admitting a
# command.
@lru_cache(10_000)
def case_stream_id(reference: str) -> UUID:
    """The stream of the case with this reference: a name-based UUID (RFC 9562, version 5)."""
    return uuid5(CASE_NAMESPACE, reference)


# An opening names three of them.
@lru_cache(10_000)
def party_stream_id(party: str) -> UUID:
    """The stream of the party with this id."""
    return uuid5(_PARTY_NAMESPACE, party)


def package_stream_id(package: str) -> UUID:
    """The stream of the licence package with this reference."""
    return uuid5(_PACKAGE_NAMESPACE, package)


def account_stream_id(package: str) -> UUID:
    """The stream of a package's account: its maintenance charges."""
    return uuid5(_ACCOUNT_NAMESPACE, package)


def buyer_stream_id(party: str) -> UUID:
    """The stream of a party as a buyer: its settlements, and whether it is on hold."""
    return uuid5(_BUYER_NAMESPACE, party)


def fee_agreements_stream_id(party: str) -> UUID:
    """The stream of what a party charges its own customers."""
    return uuid5(_FEE_AGREEMENTS_NAMESPACE, party)


def case_fees_stream_id(case: str) -> UUID:
    """The stream of the fees for a case, whoever charges them."""
    return uuid5(_CASE_FEES_NAMESPACE, case)


def customer_fees_stream_id(party: str, customer: str) -> UUID:
    """The stream of the yearly fees that a party charges a customer."""
    return uuid5(_CUSTOMER_FEES_NAMESPACE, f"{party}\n{customer}")  # no id has a line break


def topic_name(prefix: str, kind: StreamKind) -> str:
    """The full name of a kind's topic, `casecore.cases` where the prefix is `casecore`."""
    return f"{prefix}.{kind.topic}"


def kind_of(event_type: str) -> StreamKind:
    """The kind of stream to which an event type belongs; raises KeyError for a foreign one."""
    for kind in STREAM_KINDS:
        if event_type.startswith(kind.type_prefix):
            return kind
    raise KeyError(event_type)

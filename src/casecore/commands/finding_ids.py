"""Ids of commands that follow from a finding: found twice, by whatever process, it is one command.

Anybody can work them out. Who could give another command under one would keep the installation's own runs
from recording what they find, so the doors at which strangers give commands refuse ids of this version.
"""

from __future__ import annotations

from enum import Enum
from uuid import UUID, uuid5

_VERSION = 5  # that of uuid5


class Finding(Enum):
    """What is found to be missing in the store; its value is the namespace of the commands that record it.

    Never changed: the ids of commands that have receipts are derived from it.
    """

    FIRST_TERMS = UUID("45c0b9e7-1d82-4f6a-93be-70d2a8c4f516")
    """A price or a rate that an installation begins with."""
    CHARGES = UUID("f0a3c5d1-6b7e-4e02-8c19-3d5a90e7b264")
    """What a package's account lacks of the fees up to a day."""
    FEE_MEMO = UUID("b8e2f6c4-1d39-4a75-9c0e-64a7d15b3f82")
    """A memo that a fee agreement leads to, or that has to be taken back."""
    BUYER_HOLD = UUID("9d41c6e8-37f5-4b0a-a2c7-58e1b3f09d26")
    """That a buyer has to be put on hold, or released."""
    SETTLEMENT = UUID("b86f2d07-e4c1-4935-8d7a-c3905f61ea48")
    """A year's settlement with a reseller."""
    DOCUMENT_MARK = UUID("2e7b8f54-90ad-4c63-b1f8-6a0d4c95e317")
    """That a document bills charges of a package, or takes them back."""
    POLICY_PIN = UUID("0c9c7a54-3f0e-4b0e-9a6b-6d7a52b7a3b1")
    """A policy that a case lacks."""
    SERVICE_LEVEL_NOTE = UUID("5b2c7a1e-41c9-4d0f-8a53-2f0f6f3e9d77")
    """A warning, a miss, or a miss withdrawn, of a case's clock."""


def may_be_of_finding(command_id: UUID) -> bool:
    """Whether an id has the form of a finding's, a UUID of version 5."""
    return command_id.version == _VERSION


def finding_id(finding: Finding, name: str) -> UUID:
    """The command id of a finding. `name` says what was found, and on which state of the streams."""
    return uuid5(finding.value, name)

"""Why a record is parked, and what is decided about a record before it is folded."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple, TypeAlias

from projections.kit.fold.records import RecordPlace


class Reason(Enum):
    """Why a record is parked."""

    MALFORMED = "malformed"
    NEWER_VERSION = "newer_version"
    NEWER_WORD = "newer_word"
    UNREADABLE_BODY = "unreadable_body"
    GAP = "gap"
    NOT_APPLICABLE = "not_applicable"
    REFUSED_BY_DATABASE = "refused_by_database"
    BEHIND = "behind"
    STANDS_PARKED = "stands_parked"


WAIT_FOR_PROGRAM = (Reason.NEWER_VERSION, Reason.NEWER_WORD)
"""A record that is parked so is right: only a newer program can read it."""


class Skip(NamedTuple):
    """An operator decided that the record is left out; its key goes on."""


class Park(NamedTuple):
    """It is known that the record cannot be applied."""

    reason: Reason
    detail: str


Verdict: TypeAlias = Skip | Park
NO_VERDICTS: Mapping[RecordPlace, Verdict] = {}

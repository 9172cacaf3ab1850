"""Why a record is parked, and what is known of a record before it is folded."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple, TypeAlias

from projections.kit.fold.records import Place


class Reason(Enum):
    """Why a record is parked."""

    MALFORMED = "malformed"
    NEWER_VERSION = "newer_version"
    UNREADABLE_BODY = "unreadable_body"
    GAP = "gap"
    NOT_APPLICABLE = "not_applicable"
    REFUSED_BY_DATABASE = "refused_by_database"
    BEHIND = "behind"
    STANDS_PARKED = "stands_parked"


class Skip(NamedTuple):
    """Decided by an operator: the record is left out, and its key goes on."""


class Park(NamedTuple):
    """Known beforehand: the record cannot be applied."""

    reason: Reason
    detail: str


Verdict: TypeAlias = Skip | Park
NO_VERDICTS: Mapping[Place, Verdict] = {}

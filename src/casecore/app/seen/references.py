"""What events of a case name that is not a part of it: shown to a viewer only as far as it sees that, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from casecore.contract.cases import CaseCancelled
from casecore.contract.service_levels import PolicyPinned
from casecore.contract.types import EVENT_TYPES
from casecore.visibility.rules import POLICY, Viewer, may_see
from projections.kit.case_events import short_name

_CANCELLED = short_name(EVENT_TYPES.names_ever(CaseCancelled)[0])
_PINNED = short_name(EVENT_TYPES.names_ever(PolicyPinned)[0])
_NAMING = frozenset({_CANCELLED, _PINNED})
_OF_THE_CASE = {"customers": "customer", "sellers": "seller"}
"""What a policy says of which cases it is for, and the field of a case that it is compared with."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


def body_for(viewer: Viewer | None, what: str, body: bytes, sees: Callable[[str], bool]) -> bytes:
    """The body of a case's event as a viewer sees it: the whole fact, as JSON.

    `what` happened, such as cancelled; `sees` is whether the viewer sees the case with a reference. The
    duplicate of a case that it does not see names none. A pinned policy that is not its own names no
    customers and sellers but the case's: the others that the policy is for are nobody else's business.
    """
    if viewer is None or what not in _NAMING:
        return body
    fact = _decode(body)
    data = fact["data"]
    if what == _CANCELLED:
        if data.get("duplicate_of") is None or sees(data["duplicate_of"]):
            return body
        del data["duplicate_of"]
        return _encode(fact)
    return _pinned_for(viewer, fact, body)


def pinned_body_for(viewer: Viewer | None, event_type: str, body: bytes) -> bytes:
    """The body of a case's event, as stored, with of a pinned policy only what the viewer sees.

    Raises KeyError, TypeError and AttributeError for a body that is not of the known form.
    """
    if viewer is None or short_name(event_type) != _PINNED:
        return body
    return _pinned_for(viewer, _decode(body), body)


def _pinned_for(viewer: Viewer, fact: dict[str, Any], body: bytes) -> bytes:
    data = fact["data"]
    policy = data["policy"]
    if may_see(viewer, POLICY, policy):
        return body
    match = policy.get("match", {})
    for names, own in _OF_THE_CASE.items():
        if match.get(names):
            match[names] = [name for name in match[names] if name == data[own]]
    return _encode(fact)

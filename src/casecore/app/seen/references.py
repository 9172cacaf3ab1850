"""What events name that is not a part of what they are about: shown only to a viewer who sees that, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from casecore.visibility.rules import ON_BEHALF_OF, POLICY, Viewer, may_see

_ON_BEHALF = b'"on_behalf_of"'
_NAMING = (b'"duplicate_of"', b'"policy"', _ON_BEHALF)
_OF_THE_CASE = {"customers": "customer", "sellers": "seller"}
"""What a policy says of which cases it is for, and the field of a case that it is compared with."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


def body_for(viewer: Viewer | None, body: bytes, sees: Callable[[str], bool]) -> bytes:
    """The body of a case's event as a viewer of the case sees it: the whole fact, as JSON.

    `sees` is whether the viewer sees the case with a reference. The duplicate of a case that it does not see
    names none. A pinned policy that is not its own names no customers and sellers but the case's: the others
    that the policy is for are nobody else's business. Nor is on whose behalf the system acted. This goes by
    the fields, whatever the event's type is, so that it holds for types of a newer program, too. Raises
    msgspec.DecodeError.
    """
    if viewer is None or not any(name in body for name in _NAMING):
        return body
    fact = _decode(body)
    changes = [_hide_on_behalf(fact, viewer)]
    data = fact.get("data")
    if isinstance(data, dict):
        changes += [_hide_duplicate(data, sees), _hide_others_of_policy(data, viewer)]
    return _encode(fact) if any(changes) else body


def without_on_behalf(viewer: Viewer | None, body: bytes) -> bytes:
    """The body of an event of any kind, without on whose behalf the system acted unless the viewer sees that.

    Raises msgspec.DecodeError.
    """
    if viewer is None or _ON_BEHALF not in body:
        return body
    fact = _decode(body)
    return _encode(fact) if _hide_on_behalf(fact, viewer) else body


def _hide_on_behalf(fact: dict[str, Any], viewer: Viewer) -> bool:
    """Leave out who asked for what the system did unless it is seen; returns whether anything was changed."""
    named = fact.get("on_behalf_of")
    if named is None or (isinstance(named, dict) and may_see(viewer, ON_BEHALF_OF, named)):
        return False
    del fact["on_behalf_of"]
    return True


def _hide_duplicate(data: dict[str, Any], sees: Callable[[str], bool]) -> bool:
    """Leave out the other case unless it is seen; returns whether anything was changed."""
    other = data.get("duplicate_of")
    if other is None or (isinstance(other, str) and sees(other)):
        return False
    del data["duplicate_of"]
    return True


def _hide_others_of_policy(data: dict[str, Any], viewer: Viewer) -> bool:
    """Leave out for whom else another's policy is; returns whether anything was changed."""
    policy = data.get("policy")
    if policy is None or (isinstance(policy, dict) and may_see(viewer, POLICY, policy)):
        return False
    match = policy.get("match", {}) if isinstance(policy, dict) else None
    if not isinstance(match, dict):
        del data["policy"]  # of a form that nobody knows
        return True
    for names, own in _OF_THE_CASE.items():
        if match.get(names):
            match[names] = [name for name in match[names] if name == data.get(own)]
    return True

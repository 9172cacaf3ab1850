"""Who sees a case, by the body of its last event: as each event of a case says, who has a part in it now."""

from __future__ import annotations

import msgspec

from casecore.visibility.rules import CASE, Viewer, may_see


class _Parts(msgspec.Struct):
    customer: str
    seller: str
    vendor: str
    partner: str | None = None


class _Fact(msgspec.Struct):
    data: _Parts


_decode = msgspec.json.Decoder(_Fact).decode


def sees_case(viewer: Viewer | None, last: bytes | None) -> bool:
    """Whether a viewer sees the case with this last event; nobody sees one without any.

    What only a newer program can read is seen by whoever sees everything.
    """
    if last is None or viewer is None:
        return last is not None
    try:
        return may_see(viewer, CASE, parts_of(last))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def parts_of(last: bytes) -> dict[str, object]:
    """Who has a part in the case with this last event, as the rule CASE asks for it; raises DecodeError."""
    return msgspec.structs.asdict(_decode(last).data)

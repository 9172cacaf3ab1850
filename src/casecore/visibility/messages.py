"""Who sees a message of a case, of those who see the case: by the audience for which it was written.

One rule for an event as it is stored (`sees_event`), for what somebody has read of it (`rule_of`), and for
rows in SQL (`READERS` and `condition`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from casecore.visibility import rules
from casecore.visibility.rules import INTERNAL_MESSAGE, Rule, Viewer, may_see

NOBODY = Rule()
"""No identity sees what no other rule can be applied to."""

_INTERNAL = "internal"

RULE_BY_AUDIENCE: Mapping[str | None, Rule | None] = MappingProxyType(
    {"public": None, _INTERNAL: INTERNAL_MESSAGE}
)
"""None: whoever sees the case sees the message.

A message for an audience that is not named here is for nobody. A newer program wrote it, and here it is not
known what its word means, nor what its readers are then: they may be those who are left out. Whoever is shown
too little asks again after an update; what was shown to the wrong people stays with them.
"""

_MESSAGE = "casecore.case.message_posted."
_ADDRESSED = (b'"audience"', b'"readers"')


class Addressed(msgspec.Struct, frozen=True):
    """For whom an event of a case says that it is."""

    audience: str | None = None
    readers: tuple[str, ...] = ()

    @property
    def thing(self) -> dict[str, object]:
        """What a rule for messages is applied to."""
        return {"readers": self.readers}


class _Fact(msgspec.Struct):
    data: Addressed


_decode = msgspec.json.Decoder(_Fact).decode


def rule_of(event_type: str, addressed: Addressed) -> Rule | None:
    """The rule by which an event is seen by those who see its case; None: by all of them.

    An event of any type that names an audience or readers is a message.
    """
    if not event_type.startswith(_MESSAGE) and addressed == Addressed():
        return None
    return RULE_BY_AUDIENCE.get(addressed.audience, NOBODY)


def sees_event(viewer: Viewer | None, event_type: str, body: bytes) -> bool:
    """Whether a viewer who sees the case sees this event of it, by its body as JSON."""
    is_message = event_type.startswith(_MESSAGE) or any(word in body for word in _ADDRESSED)
    if viewer is None or not is_message:
        return True
    try:
        addressed = _decode(body).data
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    rule = rule_of(event_type, addressed)
    return rule is None or may_see(viewer, rule, addressed.thing)


READERS = f"case when body->'data'->>'audience' = '{_INTERNAL}' then readers else '[]'::jsonb end as readers"
"""Of a table with the columns `readers` and `body`, both jsonb: for whom each message is."""


def condition(table: str) -> str:
    """The rule on a row in SQL with the parameters of `rules.given`.

    `internal` is whether it is a message that is not public; the `table` has the `READERS` of these.
    """
    return f"(not internal or {rules.condition(INTERNAL_MESSAGE, table)})"

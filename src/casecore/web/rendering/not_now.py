"""Why something cannot be done with a case now, and what would make it possible: in words of the business.

A refusal says it to whoever gave a command, at every door. Here nobody has: who looks at a case reads why one
of its actions is not for now.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from casecore.cases.possible import PossibleAction
from casecore.cases.refusals import (
    AfterEnd,
    AlreadyEnded,
    AlreadySolved,
    IllegalMove,
    NotAtWork,
    NotPermitted,
)
from casecore.contract.cases import Category, State
from casecore.contract.envelope import Role
from casecore.web.rendering.marks import N_

NOT_NOW_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "so_already": N_("It is so already."),
        "waits_already": N_("The case waits for the customer already."),
        "waits_not": N_("The case does not wait for the customer, so nothing has to be resumed."),
        "closed": N_("The case is closed for good. If the same happens again, open a new case."),
        "cancelled": N_("The case was cancelled for good. If it is needed after all, open a new case."),
        "resolved": N_(
            "The case is resolved, so nobody works on it. It is possible again once the customer or "
            "%(organisation)s has reopened the case."
        ),
        "resolved_already": N_(
            "The case is resolved already. If it is not, the customer or %(organisation)s can reopen it."
        ),
        "not_taken": N_(
            "Nobody has taken the case yet. It is possible once somebody of %(organisation)s has taken it."
        ),
        "taken": N_(
            "%(organisation)s works on the case already. Assign it to give it to somebody else there."
        ),
        "starts_at_level_0": N_(
            "A case about “%(topic)s” starts with the seller. It can go to the vendor once %(seller)s"
            " has taken it."
        ),
        "stays_with_partner": N_(
            "User support is the partner’s work, and does not go to the vendor. If the matter turns "
            "out to be technical, reclassify the case: then it starts with the seller."
        ),
        "with_vendor": N_("The case is with the vendor already."),
        "not_with_vendor": N_(
            "The case is not with the vendor, so there is nothing to give back. It is possible once "
            "the case has been escalated."
        ),
        "not_resolved": N_(
            "The case is not resolved yet. It can be closed once it is. If nobody needs it any more, "
            "it can be cancelled."
        ),
        "open": N_("The case is open: only one that is resolved can be reopened."),
        "starts_elsewhere": N_(
            "A case starts with %(organisation)s, and somebody there takes it. You can work on it "
            "once it is with %(yours)s."
        ),
        "seller_decides": N_(
            "Whoever gives level 0 decides whether the case goes to the vendor: that is %(seller)s. "
            "Write what speaks for it."
        ),
        "vendor_decides": N_(
            "Whether the case comes back is for the vendor to decide, who has it now. Write what "
            "speaks for it."
        ),
        "resolved_elsewhere": N_(
            "%(organisation)s has resolved the case. It is for the customer or %(organisation)s to "
            "say whether it is done."
        ),
        "not_your_turn": N_(
            "The case is with %(organisation)s now, and only people there can do this. You can once "
            "it is with %(yours)s."
        ),
    }
)
"""By the reason; `yours` is the organisation of who looks."""

_ENDED = {State.CLOSED.value: "closed", State.CANCELLED.value: "cancelled"}


class SeenCase(Protocol):
    """What of a case a reason depends on."""

    @property
    def state(self) -> str: ...
    @property
    def category(self) -> str: ...


def reason_of(action: PossibleAction, case: SeenCase, role: Role) -> str:
    """Why an action is not for now, as one of `NOT_NOW_WORDS`; empty where its refusal says more."""
    match action.refusal:
        case None:
            return {"wait": "waits_already", "resume": "waits_not"}.get(action.verb, "so_already")
        case IllegalMove() | NotAtWork() | AlreadySolved() | AlreadyEnded() | AfterEnd():
            return _of_state(action.verb, case)
        case NotPermitted():
            return _of_turn(action.verb, case, role)
        case _:
            return ""


def _of_state(verb: str, case: SeenCase) -> str:
    if case.state in _ENDED:
        return _ENDED[case.state]
    if case.state == State.RESOLVED.value:
        return "resolved_already" if verb == "resolve" else "resolved"
    match verb:
        case "close":
            return "not_resolved"
        case "reopen":
            return "open"
        case "hand_back":
            return "not_with_vendor"
        case "escalate":
            return _of_escalation(case)
        case "take":
            return "taken"
        case _:
            return "not_taken" if case.state == State.OPENED.value else ""


def _of_escalation(case: SeenCase) -> str:
    if case.category == Category.USER_SUPPORT.value:
        return "stays_with_partner"
    return "with_vendor" if case.state == State.ESCALATED_L1.value else "starts_at_level_0"


def _of_turn(verb: str, case: SeenCase, role: Role) -> str:
    match verb:
        case "take":
            return "starts_elsewhere"
        case "escalate":
            return "seller_decides"
        case "hand_back":
            return "vendor_decides"
        case _ if case.state == State.RESOLVED.value:
            return "resolved_elsewhere"
        case _ if role is Role.CUSTOMER:
            return ""
        case _:
            return "not_your_turn"

"""A second implementation of the business rules, to check the first against. It imports nothing of casecore.

Times are whole minutes; everything else is a plain text, or None.
"""

# Every rule takes the same three arguments, so that it can be called by its name.
# ruff: noqa: ARG002

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

LEVEL_0_TOPICS = ("server_installation", "backup_set_up", "database_move")
LEVEL_1_TOPICS = ("recovery", "troubleshooting")
USE_TOPICS = ("program_use", "training")
TECHNICAL_TOPICS = LEVEL_0_TOPICS + LEVEL_1_TOPICS

WORKER = {"reseller_l0": "seller", "escalated_l1": "vendor", "partner_support": "partner"}
LEVEL_OF = {"seller": "level_0", "vendor": "level_1", "partner": "partner"}
AGENTS = ("seller", "vendor", "partner")


class Refused(Exception):
    """The rules forbid it."""


def demand(allowed: bool) -> None:
    if not allowed:
        raise Refused


@dataclass
class ModelCase:
    """One case. `worker` is the role that works on it, or did last; None before anyone took it."""

    parties: dict[str, str | None] = field(default_factory=dict)
    state: str = "unknown"
    topic: str = ""
    priority: str = "normal"
    worker: str | None = None
    agent: str | None = None
    waiting_since: int | None = None
    opened_at: int = 0
    ended_at: int | None = None
    moved_at: int = 0
    effort: int = 0
    events: int = 0

    @property
    def category(self) -> str:
        return "user_support" if self.topic in USE_TOPICS else "technical_support"

    @property
    def first_worker(self) -> str:
        return "partner" if self.topic in USE_TOPICS else "seller"

    @property
    def turn(self) -> str:
        return self.worker or self.first_worker

    @property
    def organisation(self) -> str | None:
        return self.parties[self.turn]

    @property
    def level(self) -> str | None:
        return LEVEL_OF[self.worker] if self.worker else None

    @property
    def at_work(self) -> bool:
        return self.state in WORKER

    def act(self, role: str, organisation: str, action: str, at: int, content: dict[str, Any]) -> str | None:
        """Act, and return the name of the event that follows, if any; Refused leaves all as it was."""
        if action == "open":
            return self._open(role, organisation, at, content)
        demand(self.state != "unknown")
        demand(role == "system" or self._may(role, action))
        demand(role == "system" or self.parties[role] == organisation)
        may_be_late = action in ("message", "effort")
        if may_be_late:
            demand(at >= self.opened_at and (self.ended_at is None or at <= self.ended_at))
        else:
            demand(at >= self.moved_at)
        event: str | None = getattr(self, f"_{action}")(role, at, content)
        if event is not None:
            self.events += 1
            if not may_be_late:
                self.moved_at = at
        return event

    def _may(self, role: str, action: str) -> bool:
        if action == "message":
            return True
        if role == "customer":
            brings_it_to_the_vendor = action == "escalate" and self.state == "opened"
            return action in ("close", "reopen", "cancel") or brings_it_to_the_vendor
        if action == "effort":
            return True
        if action == "take" and role == "vendor":
            return False
        if action == "escalate" and role != "seller":
            return False
        if action == "hand_back" and role != "vendor":
            return False
        return role == self.turn

    def _open(self, role: str, organisation: str, at: int, content: dict[str, Any]) -> str:
        parties = {name: content[name] for name in ("customer", "seller", "vendor", "partner")}
        demand(role == "system" or parties[role] == organisation)
        demand(self.state == "unknown")
        self._check_topic(content["topic"], content["category"], content["partner"])
        self.parties = parties
        self.state, self.topic, self.opened_at, self.moved_at = "opened", content["topic"], at, at
        self.events = 1
        return "CaseOpened"

    @staticmethod
    def _check_topic(topic: str, category: str, partner: str | None) -> None:
        demand(topic in (USE_TOPICS if category == "user_support" else TECHNICAL_TOPICS))
        demand(category != "user_support" or partner is not None)

    def _arrive(self, state: str, agent: str | None = None) -> None:
        self.state = state
        self.worker = WORKER.get(state, self.worker)
        self.agent = agent
        self.waiting_since = None

    def _take(self, role: str, at: int, content: dict[str, Any]) -> str:
        demand(self.state == "opened")
        self._arrive("partner_support" if self.first_worker == "partner" else "reseller_l0", content["agent"])
        return "CaseTaken"

    def _escalate(self, role: str, at: int, content: dict[str, Any]) -> str:
        straight = self.state == "opened" and self.topic in LEVEL_1_TOPICS
        demand(straight or self.state == "reseller_l0")
        self._arrive("escalated_l1")
        return "CaseEscalated"

    def _hand_back(self, role: str, at: int, content: dict[str, Any]) -> str:
        demand(self.state == "escalated_l1")
        self._arrive("reseller_l0")
        return "CaseHandedBack"

    def _resolve(self, role: str, at: int, content: dict[str, Any]) -> str:
        demand(self.at_work)
        self._arrive("resolved")
        return "CaseResolved"

    def _reopen(self, role: str, at: int, content: dict[str, Any]) -> str:
        demand(self.state == "resolved")
        self._arrive(next(state for state, worker in WORKER.items() if worker == self.worker))
        return "CaseReopened"

    def _close(self, role: str, at: int, content: dict[str, Any]) -> str:
        demand(self.state == "resolved")
        self._arrive("closed")
        self.ended_at = at
        return "CaseClosed"

    def _cancel(self, role: str, at: int, content: dict[str, Any]) -> str:
        demand(self.state == "opened" or self.at_work)
        demand(content["reason"] is not None)
        self._arrive("cancelled")
        self.ended_at = at
        return "CaseCancelled"

    def _assign(self, role: str, at: int, content: dict[str, Any]) -> str | None:
        demand(self.at_work)
        if self.agent == content["agent"]:
            return None
        self.agent = content["agent"]
        return "CaseAssigned"

    def _wait(self, role: str, at: int, content: dict[str, Any]) -> str | None:
        demand(self.at_work)
        if self.waiting_since is not None:
            return None
        self.waiting_since = at
        return "WaitingStarted"

    def _resume(self, role: str, at: int, content: dict[str, Any]) -> str | None:
        demand(self.at_work)
        if self.waiting_since is None:
            return None
        self.waiting_since = None
        return "WaitingEnded"

    def _message(self, role: str, at: int, content: dict[str, Any]) -> str:
        readers = content["readers"]
        demand(not readers or role != "customer")
        demand(all(reader in [self.parties[agent] for agent in AGENTS] for reader in readers))
        if role == "customer" and self.waiting_since is not None and at >= self.waiting_since:
            self.waiting_since = None
            self.moved_at = max(self.moved_at, at)
        return "MessagePosted"

    def _priority(self, role: str, at: int, content: dict[str, Any]) -> str | None:
        demand(self.ended_at is None)
        if self.priority == content["priority"]:
            return None
        self.priority = content["priority"]
        return "PriorityChanged"

    def _effort(self, role: str, at: int, content: dict[str, Any]) -> str:
        self.effort += content["minutes"]
        return "EffortRecorded"

    def _reclassify(self, role: str, at: int, content: dict[str, Any]) -> str | None:
        demand(self.state == "opened" or self.at_work)
        partner = content["partner"] or self.parties["partner"]
        self._check_topic(content["topic"], content["category"], partner)
        if (content["topic"], partner) == (self.topic, self.parties["partner"]):
            return None
        changes_category = content["category"] != self.category
        changes_hands = content["category"] == "user_support" and partner != self.parties["partner"]
        self.topic, self.parties["partner"] = content["topic"], partner
        if changes_category or changes_hands:
            self.worker = None
            self._arrive("opened")
        return "CaseReclassified"

"""A help desk as the eventsourcing library's tutorial would write it: cases are opened, then written on."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class PeerCase(Aggregate):
    """A case."""

    @event("Opened")
    def __init__(self, customer: str, seller: str, topic: str, subject: str) -> None:
        self.customer = customer
        self.seller = seller
        self.topic = topic
        self.subject = subject
        self.messages = 0

    @event("MessagePosted")
    def post(self, person: str, organisation: str, text: str) -> None:  # noqa: ARG002  # the event keeps them
        """A message."""
        self.messages += 1


class HelpDesk(Application[UUID]):
    """Its two commands."""

    def open(self, subject: str) -> UUID:
        """Open a case; returns its id."""
        case = PeerCase("practice-1", "nord", "troubleshooting", subject)
        self.save(case)
        return case.id

    def post(self, case_id: UUID, person: str, organisation: str, text: str) -> None:
        """Load the case, decide, save: one durable event."""
        case = cast(PeerCase, self.repository.get(case_id))
        case.post(person, organisation, text)
        self.save(case)

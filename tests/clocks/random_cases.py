"""Random histories of cases, as the rules of a case allow them, with random policies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hypothesis import strategies as st
from msgspec.structs import replace

from casecore.cases import commands as c
from casecore.contract import cases as e
from casecore.contract.cases import Category, Priority, State
from casecore.contract.service_levels import Covers, Policy
from tests.clocks.casebook import CUSTOMER, PARTNER, RESELLER, VENDOR, CaseWriter, Written
from tests.clocks.strategies import Frame, calendars, frames, policies


@dataclass(frozen=True)
class RandomCase:
    """A case's events, in the order in which they were stored, and an instant at which it is looked at."""

    frame: Frame
    events: list[Written]
    at: datetime


OPENINGS = (
    c.OpenCase(
        customer=CUSTOMER, seller=RESELLER, category=Category.TECHNICAL_SUPPORT, topic="backup_set_up"
    ),
    c.OpenCase(
        customer=CUSTOMER,
        seller=RESELLER,
        partner=PARTNER,
        category=Category.TECHNICAL_SUPPORT,
        topic="recovery",
    ),
    c.OpenCase(customer=CUSTOMER, seller=VENDOR, category=Category.TECHNICAL_SUPPORT, topic="recovery"),
    c.OpenCase(
        customer=CUSTOMER,
        seller=RESELLER,
        partner=PARTNER,
        category=Category.USER_SUPPORT,
        topic="program_use",
    ),
)
CUSTOMER_WRITES = c.PostMessage(text="Hello?", sender=e.Sender.CUSTOMER)
AGENT_WRITES = c.PostMessage(text="Hello!", sender=e.Sender.AGENT)
AGENT_NOTES = c.PostMessage(
    text="Hm.", sender=e.Sender.AGENT, audience=e.Audience.INTERNAL, readers=(VENDOR,)
)
MESSAGES = (CUSTOMER_WRITES, CUSTOMER_WRITES, AGENT_WRITES, AGENT_WRITES, AGENT_NOTES)
PRIORITIES = tuple(c.ChangePriority(priority=priority) for priority in Priority)
RECLASSIFY = (
    c.ReclassifyCase(category=Category.TECHNICAL_SUPPORT, topic="recovery"),
    c.ReclassifyCase(category=Category.USER_SUPPORT, topic="training", partner=PARTNER),
)
AT_WORK: tuple[c.PlainAction, ...] = (
    c.AssignCase(agent="ida"),
    c.AssignCase(agent="ole"),
    c.WaitForCustomer(),
    c.WaitForCustomer(),
    c.ResumeCase(),
    c.ResolveCase(resolution_code="solved"),
    *MESSAGES,
    *PRIORITIES,
    *RECLASSIFY,
    c.CancelCase(reason="Twice"),
)
LIKELY: dict[State, tuple[c.PlainAction, ...]] = {
    State.OPENED: (*(c.TakeCase(), c.TakeCase(agent="ida"), c.EscalateCase()) * 4, *MESSAGES, *PRIORITIES),
    State.RESELLER_L0: (*(c.EscalateCase(),) * 4, *AT_WORK),
    State.ESCALATED_L1: (*(c.HandBackCase(),) * 4, *AT_WORK),
    State.PARTNER_SUPPORT: AT_WORK,
    State.RESOLVED: (*(c.ReopenCase(),) * 5, c.CloseCase(), *MESSAGES, *PRIORITIES),
    State.CLOSED: MESSAGES,
    State.CANCELLED: MESSAGES,
}


# Pure chance seldom gets a case far: these are mostly followed, with other things in between.
JOURNEYS: tuple[tuple[c.PlainAction, ...], ...] = (
    (
        c.TakeCase(agent="ida"),
        AGENT_WRITES,
        c.WaitForCustomer(),
        CUSTOMER_WRITES,
        AGENT_WRITES,
        c.ResolveCase(resolution_code="solved"),
        CUSTOMER_WRITES,
        c.ReopenCase(),
        c.WaitForCustomer(),
        c.ResumeCase(),
        c.ResolveCase(resolution_code="solved"),
    ),
    (
        c.TakeCase(),
        c.AssignCase(agent="ida"),
        c.EscalateCase(),
        c.AssignCase(agent="ole"),
        c.WaitForCustomer(),
        c.HandBackCase(),
        c.AssignCase(agent="ida"),
        c.EscalateCase(),
        c.AssignCase(agent="ole"),
        c.ResolveCase(resolution_code="solved"),
        c.CloseCase(),
    ),
    (
        c.TakeCase(agent="ida"),
        c.WaitForCustomer(),
        c.ChangePriority(priority=Priority.URGENT),
        c.ResumeCase(),
        c.WaitForCustomer(),
        c.ChangePriority(priority=Priority.LOW),
        c.ResumeCase(),
    ),
    (),
)


class _Playing:
    """A case that is being drawn."""

    def __init__(self, draw: st.DrawFn, frame: Frame, pinnable: list[Policy]) -> None:
        self.draw = draw
        self.frame = frame
        self.pinnable = pinnable
        self.journey = list(draw(st.sampled_from(JOURNEYS)))
        self.writer = CaseWriter()
        self.ticks = 0
        self._reached: set[Covers] = set()

    def open(self) -> None:
        opening = replace(self.draw(st.sampled_from(OPENINGS)), priority=self.draw(st.sampled_from(Priority)))
        self.writer.act(self.frame.opens_at, opening)
        self._pins_with(Covers.END_TO_END)

    def play(self) -> None:
        """One thing happens: at once, a little later, or, if it is a message, some time ago."""
        draw, frame = self.draw, self.frame
        case = self.writer.case
        assert case is not None
        gaps = (st.sampled_from([0, 1]), st.integers(1, 8), st.integers(1, max(1, frame.ticks // 8)))
        self.ticks += draw(gaps[draw(st.integers(0, 2))])
        kind = draw(st.integers(0, 9))
        if kind == 0 and self.pinnable:
            ticks = draw(st.just(self.ticks) | st.integers(0, self.ticks))
            place = draw(st.integers(0, len(self.pinnable) - 1))
            self.writer.pin(frame.after(ticks), self.pinnable[place])
        elif kind == 1:
            ticks = draw(st.integers(0, self.ticks))
            self.writer.attempt(frame.after(ticks), draw(st.sampled_from(MESSAGES)))
        else:
            goes_on = bool(self.journey) and draw(st.integers(0, 3)) > 0
            action = self.journey.pop(0) if goes_on else draw(st.sampled_from(LIKELY[case.standing.state]))
            self.writer.attempt(frame.after(self.ticks), action)
            level = self.writer.case.standing.level if self.writer.case else None
            if level is not None:
                self._pins_with(Covers(level.value))

    def _pins_with(self, covers: Covers) -> None:
        """Mostly pin a policy with the opening, and with the first arrival at a level."""
        if covers in self._reached:
            return
        self._reached.add(covers)
        found = [policy for policy in self.pinnable if policy.covers is covers]
        mostly = self.draw(st.integers(0, 7)) > 0
        if found and mostly:
            self.writer.pin(self.frame.after(self.ticks), found[0])


@st.composite
def random_cases(draw: st.DrawFn) -> RandomCase:
    """A legal case with policies of all kinds, and an instant before, in or after its life."""
    frame = draw(frames())
    pool = [draw(calendars(frame, f"calendar-{n}")) for n in range(draw(st.integers(1, 2)))]
    calendar = st.sampled_from(pool)
    pinnable: list[Policy] = []
    for covers in Covers:
        for version in range(1, 2 + draw(st.integers(0, 1))):
            pinnable.append(draw(policies(frame, calendar, covers, version)))
    playing = _Playing(draw, frame, pinnable)
    playing.open()
    for _ in range(draw(st.integers(4, 20))):
        playing.play()
    last = max(playing.ticks, 1)
    earlier, later = st.integers(-1, last), st.integers(last, last + frame.ticks // 4)
    ticks = draw(draw(st.sampled_from([earlier, later, later])))
    return RandomCase(frame, playing.writer.events, frame.after(ticks))

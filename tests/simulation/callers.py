"""The callers: each gives commands, waits for the answer, and repeats a command of unknown outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any
from uuid import UUID

from casecore.cases import commands as c
from casecore.cases.decider import CASES
from casecore.commands.admission import Admission, Admitted
from casecore.commands.batch import Answer
from casecore.commands.protocol import Reply
from casecore.contract.cases import Category, Priority
from casecore.contract.envelope import Role
from casecore.contract.parties import PartyRole
from casecore.decider.command import Command, GivenActor
from casecore.decider.refusal import Refusal
from casecore.parties import commands as p
from casecore.parties.decider import PARTIES
from casecore.store.errors import StoreError
from tests.simulation.drivers.bus import VENDOR, Bus, Waiting
from tests.simulation.places import CASE_REFERENCES, PARTY_IDS
from tests.simulation.world import Steps, World

_SELLER = GivenActor(person="ida", organisation="nord", role=Role.SELLER)
_IMPORTER = GivenActor(person="import:desk", organisation="desk", role=Role.SYSTEM)
_AGENT = GivenActor(person="vera", organisation=VENDOR, role=Role.VENDOR)
_ADMISSION = Admission([CASES, PARTIES])
_REPEATED_SHARE = 0.1
_LONGEST_PAUSE_SECONDS = 1.2
_LONGEST_WAIT_SECONDS = 35.0

_OPENING = c.OpenCase(
    customer="praxis", seller="nord", category=Category.TECHNICAL_SUPPORT, topic="activation"
)
_NAMES = ("Praxis", "Praxis am Markt", "Praxis Nord", "Praxis Süd")
_ACTIONS: Sequence[c.CaseAction] = (
    *[_OPENING] * 2,
    *[c.PostMessage(text="It says no.")] * 8,
    *[c.RecordEffort(minutes=5)] * 4,
    c.TakeCase(agent="ida"),
    c.TakeCase(),
    c.AssignCase(agent="ole"),
    c.EscalateCase(),
    c.WaitForCustomer(),
    c.ResumeCase(),
    c.PostMessage(text="Please restart it."),
    c.ChangePriority(priority=Priority.HIGH),
    c.ChangePriority(priority=Priority.NORMAL),
    c.ResolveCase(resolution_code="solved"),
)


class Ledger:
    """The given commands and their answers: the laws compare them with the store."""

    def __init__(self) -> None:
        self.commands: dict[UUID, Admitted[Any]] = {}
        self.replies: dict[UUID, list[Reply]] = {}
        self.left: set[UUID] = set()
        """Commands that a bus may still decide, although their caller has given up waiting."""
        self.unanswered = 0
        self.heard: Callable[[Admitted[Any], Reply], None] = lambda _admitted, _reply: None

    def note(self, admitted: Admitted[Any], reply: Reply) -> None:
        """Note an answer or a refusal that has reached its caller."""
        self.replies.setdefault(admitted.command.command_id, []).append(reply)
        self.heard(admitted, reply)


def script(random: Random, length: int) -> list[Admitted[Any]]:
    """Random commands on a few cases and parties; many of them are refused."""
    openings = [_case(random, _SELLER, case, _OPENING) for case in CASE_REFERENCES]
    commands = [*random.sample(openings, 2), *(_command(random) for _ in range(length))]
    return [_ADMISSION.admit(command) for command in commands]


def _case(random: Random, actor: GivenActor, case: str, do: c.CaseAction) -> Command:
    # An importer's opening reads no party, and a seed caught what it caught before openings read any.
    given_by = _IMPORTER if do is _OPENING else actor
    return c.CaseCommand(command_id=_new_id(random), actor=given_by, case=case, do=do)


def _new_id(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)


def _command(random: Random) -> Command:
    if random.random() < 0.4:
        party = random.choice(PARTY_IDS)
        details = {
            "roles": (PartyRole.CUSTOMER,), "name": random.choice(_NAMES),
            "street": "Markt 1", "postal_code": "10115", "city": "Berlin", "country": "DE",
        }  # fmt: skip
        known: p.PartyAction = (p.ChangeParty if random.random() < 0.6 else p.RegisterParty)(**details)  # type: ignore[arg-type]
        return p.PartyCommand(command_id=_new_id(random), actor=_AGENT, party=party, do=known)
    actor = _AGENT if random.random() < 0.2 else _SELLER
    return _case(random, actor, random.choice(CASE_REFERENCES), random.choice(_ACTIONS))


def caller(
    world: World, ledger: Ledger, buses: dict[str, Bus], commands: Sequence[Admitted[Any]]
) -> Steps[None]:
    """Give commands one after the other, some of them twice."""
    ledger.unanswered += len(commands)
    for admitted in commands:
        ledger.commands[admitted.command.command_id] = admitted
        yield _LONGEST_PAUSE_SECONDS * world.random.random()
        yield from _until_answered(world, ledger, buses, admitted)
        if world.random.random() < _REPEATED_SHARE:
            yield from _until_answered(world, ledger, buses, admitted)
        ledger.unanswered -= 1


def _until_answered(
    world: World, ledger: Ledger, buses: dict[str, Bus], admitted: Admitted[Any]
) -> Steps[None]:
    while True:
        if not buses:
            yield 0.1
            continue
        bus = world.random.choice(list(buses.values()))
        world.log("caller", "gives {} to {}: {}", admitted.command.command_id, bus.process, admitted.command)
        reply = yield from _wait_for_reply(world, bus, bus.submit(admitted))
        if isinstance(reply, Answer | Refusal):
            world.log("caller", "is answered {!r}", reply)
            ledger.note(admitted, reply)
            return
        if reply is None and not bus.process.ended:
            ledger.left.add(admitted.command.command_id)
        if reply is not None and not isinstance(reply, StoreError):
            raise AssertionError(f"{admitted.command} was answered by a defect") from reply
        world.trace.met["command sent again after an unknown outcome"] += 1
        yield 0.5 * world.random.random()


def _wait_for_reply(world: World, bus: Bus, waiting: Waiting) -> Steps[Reply | None]:
    give_up_at = world.now + _LONGEST_WAIT_SECONDS * world.random.random()
    pause_seconds = 0.02
    while waiting.reply is None and not bus.process.ended and world.now < give_up_at:
        yield pause_seconds
        pause_seconds = min(0.3, 2 * pause_seconds)
    return waiting.reply

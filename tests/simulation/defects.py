"""Deliberate defects of the program, each in place of one of its parts: the laws must catch them all."""

from __future__ import annotations

from collections.abc import Mapping

from tests.simulation import defects_of_commands as commands
from tests.simulation import defects_of_relay as relay
from tests.simulation import defects_of_views as views
from tests.simulation.buses import BusParts
from tests.simulation.life import Parts
from tests.simulation.relays import RelayParts
from tests.simulation.runners import RunnerParts

DEFECTS: Mapping[str, Parts] = {
    "offsets committed before the rows": Parts(runner=RunnerParts(storage=views.OffsetsFirst)),
    "rows committed before the offsets": Parts(runner=RunnerParts(storage=views.RowsFirst)),
    "a replaced runner is not fenced": Parts(runner=RunnerParts(storage=views.Unfenced)),
    "states remembered over a claim": Parts(runner=RunnerParts(hands=views.KeepsStates)),
    "a claim does not reset positions": Parts(runner=RunnerParts(hands=views.KeepsPositions)),
    "a rebalance is not heard of": Parts(runner=RunnerParts(hands=views.DeafToRebalances)),
    "a parked key lets its next record through": Parts(runner=RunnerParts(fold=views.LetsNextThrough)),
    "receipts in a transaction of their own": Parts(bus=BusParts(recorder=commands.ReceiptsApart)),
    "answered before the commit": Parts(bus=BusParts(recorder=commands.AnswersEarly)),
    "a conflict taken for success": Parts(bus=BusParts(recorder=commands.IgnoresConflicts)),
    "no look at receipts after an unknown outcome": Parts(bus=BusParts(recorder=commands.IgnoresReceipts)),
    "no lock of appends": Parts(bus=BusParts(recorder=commands.Unlocked)),
    "remembered before it is stored": Parts(bus=BusParts(storing=commands.RemembersEarly)),
    "recorded_at from the clock alone": Parts(store=commands.BareClock),
    "a send's future not looked at": Parts(relay=RelayParts(publisher=relay.SendsUnheard)),
    "a lock without a fence": Parts(relay=RelayParts(publisher=relay.LockOnly)),
    "a fenced producer takes a newer epoch": Parts(relay=RelayParts(publisher=relay.BumpsEpochs)),
    "place read from uncommitted records": Parts(relay=RelayParts(hands=relay.UncommittedTails)),
    "no barrier at the start": Parts(relay=RelayParts(publisher=relay.NoBarrier)),
    "no wait for the last transaction": Parts(relay=RelayParts(hands=relay.NoWaitAfterCommit)),
    "a successor's transaction taken for a hanging one": Parts(relay=RelayParts(hands=relay.AbortsAll)),
    "place from the highest position alone": Parts(relay=RelayParts(hands=relay.HighestOnly)),
}

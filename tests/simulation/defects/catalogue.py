"""Deliberate defects: each replaces one class of the program, and the laws must catch them all."""

from __future__ import annotations

from collections.abc import Mapping

from tests.simulation.defects import of_commands, of_relay, of_views
from tests.simulation.drivers.bus import BusParts
from tests.simulation.drivers.relay import RelayParts
from tests.simulation.drivers.runner import RunnerParts
from tests.simulation.run import Parts

DEFECTS: Mapping[str, Parts] = {
    "offsets committed before the rows": Parts(runner=RunnerParts(storage=of_views.OffsetsFirst)),
    "rows committed before the offsets": Parts(runner=RunnerParts(storage=of_views.RowsFirst)),
    "a replaced runner is not fenced": Parts(runner=RunnerParts(storage=of_views.Unfenced)),
    "states remembered over a claim": Parts(runner=RunnerParts(driver=of_views.KeepsStates)),
    "a claim does not reset positions": Parts(runner=RunnerParts(driver=of_views.KeepsPositions)),
    "a rebalance is not heard of": Parts(runner=RunnerParts(driver=of_views.DeafToRebalances)),
    "a parked key lets its next record through": Parts(runner=RunnerParts(fold=of_views.LetsNextThrough)),
    "receipts in a transaction of their own": Parts(bus=BusParts(recorder=of_commands.ReceiptsApart)),
    "answered before the commit": Parts(bus=BusParts(recorder=of_commands.AnswersEarly)),
    "a conflict taken for success": Parts(bus=BusParts(recorder=of_commands.IgnoresConflicts)),
    "no look at receipts after an unknown outcome": Parts(bus=BusParts(recorder=of_commands.IgnoresReceipts)),
    "no lock of appends": Parts(bus=BusParts(recorder=of_commands.Unlocked)),
    "remembered before it is stored": Parts(bus=BusParts(storing=of_commands.RemembersEarly)),
    "recorded_at from the clock alone": Parts(store=of_commands.BareClock),
    "a send's future not looked at": Parts(relay=RelayParts(publisher=of_relay.SendsUnheard)),
    "a lock without a fence": Parts(relay=RelayParts(publisher=of_relay.LockOnly)),
    "a fenced producer takes a newer epoch": Parts(relay=RelayParts(publisher=of_relay.BumpsEpochs)),
    "place read from uncommitted records": Parts(relay=RelayParts(driver=of_relay.UncommittedTails)),
    "a record of another program taken for its own": Parts(relay=RelayParts(driver=of_relay.TrustsAll)),
    "no barrier at the start": Parts(relay=RelayParts(publisher=of_relay.NoBarrier)),
    "no wait for the last transaction": Parts(relay=RelayParts(driver=of_relay.NoWaitAfterCommit)),
    "a successor's transaction taken for a hanging one": Parts(relay=RelayParts(driver=of_relay.AbortsAll)),
    "place from the highest position alone": Parts(relay=RelayParts(driver=of_relay.HighestOnly)),
}

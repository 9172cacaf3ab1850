"""A runner's place in the consumer group of its view: which partitions it has, and how patient it is."""

from __future__ import annotations

from typing import Any

from kafka import ConsumerRebalanceListener

IDLE_SECONDS = 120.0
"""After which a runner without partitions joins its group anew, since the library may have lost its place."""

_LONGEST_IDLE_SECONDS = 3_600.0


class Assignment(ConsumerRebalanceListener):  # type: ignore[misc]
    """What the group has given to this member. Runs inside poll(), so it only notes; the loop acts."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        self.changed = False

    def on_partitions_revoked(self, revoked: Any) -> None:  # noqa: ARG002
        self.changed = True

    def on_partitions_assigned(self, assigned: Any) -> None:
        # Nothing may be fetched before the database has said from where; a position must exist meanwhile.
        for partition in assigned:
            self._consumer.seek(partition, 0)
            self._consumer.pause(partition)
        self.changed = True


class Patience:
    """How long a runner waits for partitions before it joins anew.

    A view may have more runners than partitions, and each joining halts them all; so a runner that
    joins in vain waits twice as long the next time.
    """

    def __init__(self) -> None:
        self.seconds = IDLE_SECONDS

    def rewarded(self) -> None:
        """It has got partitions."""
        self.seconds = IDLE_SECONDS

    def in_vain(self) -> None:
        """It has waited, and got none."""
        self.seconds = min(2 * self.seconds, _LONGEST_IDLE_SECONDS)

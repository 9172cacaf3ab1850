"""Why a relay stops, as types whose messages say what was found and how to fix it.

RelayError
├── RelayRefused            a restart does not fix it; an operator has to decide
│   ├── TopicRecreated      a topic is not the one into which this store was published
│   ├── TopicAhead          a topic holds an event that the store does not have (yet)
│   ├── TailDiffers         a topic's last event is not the store's event at that position
│   └── EventUnpublishable  the store holds an event of a type that has no topic
└── RelayInterrupted        a new process may succeed
    ├── LockLost            the session that holds the relay's lock has ended
    ├── TransactionHangs    an old transaction stays open although it was aborted
    ├── BatchInvisible      a committed batch does not become visible to readers
    ├── OffsetsWentBack     a partition's offsets restarted while the relay was running
    ├── LogOutOfOrder       the store's log was not read in order of position
    └── TailsTooSlow        the last events of the topics could not be read in time
"""

from __future__ import annotations

from casecore.errors.kinds import CasecoreError, Kind


class RelayError(CasecoreError):
    """The relay cannot go on; the message says why and what to do."""

    kind = Kind.UNAVAILABLE


class RelayRefused(RelayError):
    """The relay does not publish, however often it is started, until an operator has fixed the cause."""


class RelayInterrupted(RelayError):
    """The relay cannot be sure of something that a new process finds out; it ends and is started again."""


class TopicRecreated(RelayRefused):
    """A topic was deleted and created again since this store was last published into it."""


class TopicAhead(RelayRefused):
    """A topic holds a position beyond the store's last: the store was restored from an older backup."""


class TailDiffers(RelayRefused):
    """The last event of a partition is not what the store holds at that position."""


class EventUnpublishable(RelayRefused):
    """The store holds an event of a type that belongs to no topic: update this program."""


class LockLost(RelayInterrupted):
    """The database session that holds the relay's lock has ended, so another relay may have begun."""


class TransactionHangs(RelayInterrupted):
    """A transaction of an earlier relay stays open, so it is unknown what was published."""


class BatchInvisible(RelayInterrupted):
    """A committed batch was not visible to readers in time."""


class OffsetsWentBack(RelayInterrupted):
    """A record got a lower offset than one before it: the topic was replaced under the running relay."""


class LogOutOfOrder(RelayInterrupted):
    """The store's log was not read in the order of its positions."""


class TailsTooSlow(RelayInterrupted):
    """The last events of the topics could not be read within the limit."""

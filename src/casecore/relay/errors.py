"""Why a relay stops, as types whose messages say what was found and how to mend it.

RelayError
├── RelayRefused            a restart will not heal it; somebody has to decide
│   ├── TopicRecreated      a topic is not the one into which this store was published so far
│   ├── TopicAhead          a topic holds an event that the store does not have (yet)
│   ├── TailDiffers         a topic's last event is not the store's event at that position
│   ├── TailUnreadable      a topic's last record was written by something else
│   └── EventUnpublishable  the store holds an event of a type that has no topic
└── RelayInterrupted        a new process may well succeed
    ├── LockLost            the session that keeps other relays waiting has ended
    ├── TransactionHangs    an old transaction stays open although it was aborted
    ├── BatchInvisible      a committed batch does not become visible to readers
    ├── OffsetsWentBack     a partition's records were numbered anew while the relay was running
    ├── LogOutOfOrder       the store's log was read in another order than by position
    └── TailsTooSlow        the last events of the topics could not be read in time
"""

from __future__ import annotations

from casecore.errors.kinds import CasecoreError, Kind


class RelayError(CasecoreError):
    """The relay cannot go on; the message says why and what to do."""

    kind = Kind.UNAVAILABLE


class RelayRefused(RelayError):
    """The relay will not publish, however often it is started, until somebody has mended the cause."""


class RelayInterrupted(RelayError):
    """The relay is not sure of something that a new process will find out; it ends and is started again."""


class TopicRecreated(RelayRefused):
    """A topic was deleted and created anew since this store was last published into it."""


class TopicAhead(RelayRefused):
    """A topic holds a position beyond the store's last: the store was restored from an older backup."""


class TailDiffers(RelayRefused):
    """The last event of a partition is not what the store holds at that position."""


class TailUnreadable(RelayRefused):
    """The last record of a partition is no event of this program: something else writes into the topic."""


class EventUnpublishable(RelayRefused):
    """The store holds an event of a type that belongs to no topic: update this program."""


class LockLost(RelayInterrupted):
    """The database session that holds the relay's lock has ended, so another relay may have begun."""


class TransactionHangs(RelayInterrupted):
    """A transaction of an earlier relay stays open, so nobody can tell yet what was published."""


class BatchInvisible(RelayInterrupted):
    """A committed batch was not visible to readers in time."""


class OffsetsWentBack(RelayInterrupted):
    """A record got a lower offset than one before it: the topic was replaced under the running relay."""


class LogOutOfOrder(RelayInterrupted):
    """The store's log did not come in the order of its positions."""


class TailsTooSlow(RelayInterrupted):
    """The last events of the topics could not be read within the limit."""

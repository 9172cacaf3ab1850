"""What can be wrong with a view; each message says what happened, where, and what mends it.

ProjectionError
├── ViewMissing, ViewOutdated, StateUnreadable   the schema in the database is not the one this program keeps
├── TopicMissing, TopicReplaced, OffsetLost   the topic is not the one that the view was built from
├── TopicsNotFull                      the topic was made anew, and is not as full yet as it was
├── TopicUnanswered (a TopicMissing)   Kafka does not answer about a topic
├── Fenced                             another runner, a rebuild or a retry has taken the partitions over
├── RebuildRunning, QuarantineChanged, ViewHasDependents, SchemaInUse   a rebuild cannot go on
└── NothingParked, KeyParked, KeyIllegible   quarantine
"""

from __future__ import annotations

from collections.abc import Sequence


class ProjectionError(Exception):
    """A view cannot be kept or answered."""


class ViewMissing(ProjectionError):
    """The view's schema does not exist."""

    def __init__(self, view: str) -> None:
        super().__init__(
            f"there is no view {view} in this database: start its runner (casecore project {view}) or run "
            f"casecore rebuild {view}"
        )


class ViewOutdated(ProjectionError):
    """The view was built by another version of its projection."""

    def __init__(self, view: str, found: str, wanted: str) -> None:
        super().__init__(
            f"the view {view} was built as {found}, this program keeps {wanted}: run casecore rebuild {view}"
        )


class StateUnreadable(ProjectionError):
    """A stored state has another form than this program's, although the view's version is the same."""

    def __init__(self, view: str, key: str, detail: str) -> None:
        super().__init__(
            f"the state of {key} in {view} is none that this program writes ({detail}): run casecore rebuild "
            f"{view}"
        )


class TopicMissing(ProjectionError):
    """A topic does not exist, or Kafka does not answer about it."""

    def __init__(self, topic: str, detail: str) -> None:
        super().__init__(f"topic {topic}: {detail}; casecore topics create makes it")


class TopicUnanswered(TopicMissing):
    """Kafka does not say whether the topic exists."""


class TopicReplaced(ProjectionError):
    """The topic was deleted and created anew since the view was built from it."""

    def __init__(self, view: str, topic: str, stored: str, found: str) -> None:
        super().__init__(
            f"topic {topic} is not the one that {view} was built from (its id is {found}, was {stored}), so "
            f"the stored offsets mean nothing: once the relay has filled it, run casecore rebuild {view}"
        )


class TopicsNotFull(ProjectionError):
    """The topics were made anew, and hold less than the view that was built from those before."""

    def __init__(self, view: str, found: int, wanted: int) -> None:
        super().__init__(
            f"the topics of {view} were made anew and hold {found} of its {wanted} events: let the relay "
            "fill them (casecore topics forget), and it builds itself again; or, if they are all there is "
            f"now, run casecore rebuild {view}"
        )


class OffsetLost(ProjectionError):
    """The stored offset lies outside of what the topic holds."""

    def __init__(self, view: str, detail: str) -> None:
        super().__init__(
            f"{view} wants to go on from an offset that its topic does not hold ({detail}): records were "
            "deleted or lost. Check the topic's retention, and run casecore audit: if store and topics "
            "differ, delete the topic, then run casecore topics create and casecore topics forget, and the "
            f"relay fills it again. Then run casecore rebuild {view}"
        )


class Fenced(ProjectionError):
    """Somebody else has taken these partitions over; nothing was written. A runner starts again by itself."""


class RebuildRunning(ProjectionError):
    """Another rebuild or audit of this view is running."""

    def __init__(self, view: str) -> None:
        super().__init__(f"a rebuild or audit of {view} is running already: wait until it has ended")


class QuarantineChanged(ProjectionError):
    """A parked record was skipped while the view was being built."""

    def __init__(self, view: str) -> None:
        super().__init__(f"a parked record of {view} was skipped while it was being built: start again")


class ViewHasDependents(ProjectionError):
    """Something outside of the view's schema stands on it, and would be lost with the old tables."""

    def __init__(self, view: str, schema: str, dependents: Sequence[str]) -> None:
        super().__init__(
            f"a rebuild drops the tables of {schema}, and with them {', '.join(dependents)}: drop that "
            f"yourself, run casecore rebuild {view}, and create it again"
        )


class SchemaInUse(ProjectionError):
    """A schema that an earlier rebuild left, or this one must make, is still being read."""

    def __init__(self, view: str, schema: str, sessions: Sequence[int]) -> None:
        super().__init__(
            f"{schema} is left from an earlier rebuild or audit, and cannot be dropped while sessions of "
            f"PostgreSQL read it (pid {', '.join(map(str, sessions)) or 'unknown'}): wait until they have "
            f"ended, or end them with pg_terminate_backend, then try {view} again"
        )


class NothingParked(ProjectionError):
    """The key is not in quarantine."""

    def __init__(self, view: str, key: str) -> None:
        super().__init__(f"nothing of key {key} is parked in {view}; casecore quarantine list shows what is")


class KeyParked(ProjectionError):
    """The key stands in quarantine, so the view does not reach the version waited for."""

    def __init__(self, view: str, key: str) -> None:
        super().__init__(f"{key} is in the quarantine of {view}: see casecore quarantine list")


class KeyIllegible(ProjectionError):
    """A key that begins with `hex:` is not followed by hexadecimal digits."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"{key!r} is no key: after hex: stand two hexadecimal digits for each byte, as casecore "
            "quarantine list shows it"
        )

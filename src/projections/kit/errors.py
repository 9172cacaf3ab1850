"""What can be wrong with a view; each message says what happened, where, and what mends it.

ProjectionError
├── ViewMissing, ViewOutdated          the schema in the database is not the one this program keeps
├── TopicMissing, TopicReplaced, OffsetLost   the topic is not the one that the view was built from
├── Fenced                             another runner, a rebuild or a retry has taken the partitions over
├── RebuildRunning, QuarantineChanged  a rebuild cannot go on
└── NothingParked, KeyParked           quarantine
"""

from __future__ import annotations


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


class TopicMissing(ProjectionError):
    """A topic does not exist, or Kafka does not answer about it."""

    def __init__(self, topic: str, detail: str) -> None:
        super().__init__(f"topic {topic}: {detail}; casecore topics create makes it")


class TopicReplaced(ProjectionError):
    """The topic was deleted and created anew since the view was built from it."""

    def __init__(self, view: str, topic: str, stored: str, found: str) -> None:
        super().__init__(
            f"topic {topic} is not the one that {view} was built from (its id is {found}, was {stored}), so "
            f"the stored offsets mean nothing: once the relay has filled it, run casecore rebuild {view}"
        )


class OffsetLost(ProjectionError):
    """The stored offset lies outside of what the topic holds."""

    def __init__(self, view: str, detail: str) -> None:
        super().__init__(
            f"{view} wants to go on from an offset that its topic does not hold ({detail}): records were "
            f"deleted or lost; check the topic's retention, then run casecore rebuild {view}"
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


class NothingParked(ProjectionError):
    """The key is not in quarantine."""

    def __init__(self, view: str, key: str) -> None:
        super().__init__(f"nothing of key {key} is parked in {view}; casecore quarantine list shows what is")


class KeyParked(ProjectionError):
    """The key stands in quarantine, so the view does not reach the version waited for."""

    def __init__(self, view: str, key: str) -> None:
        super().__init__(f"{key} is in the quarantine of {view}: see casecore quarantine list")

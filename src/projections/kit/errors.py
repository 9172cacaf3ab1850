"""What can be wrong with a view; each message says what happened, where, and what would be right.

ProjectionError
├── ViewMissing, ViewOutdated, StateUnreadable   the schema in the database is not the one this program keeps
├── TopicReplaced, OffsetLost          the topic is not the one that the view was built from
├── TopicsNotFull                      the topic was created again, and is not as full yet as it was
├── Fenced                             another runner, a rebuild or a retry has taken the partitions over
├── RebuildRunning, QuarantineChanged, ViewHasDependents, SchemaInUse, KeptByNewer   a rebuild cannot go on
└── NothingParked, NotFirstParked, KeyParked, KeyNewer, InvalidKey   quarantine
"""

from __future__ import annotations

from collections.abc import Sequence

from casecore.errors.kinds import CasecoreError, Kind


class ProjectionError(CasecoreError):
    """A view cannot be kept or answered."""

    kind = Kind.UNAVAILABLE


class ViewError(ProjectionError):
    """What is wrong with one view, which `view` names."""

    def __init__(self, view: str, message: str) -> None:
        super().__init__(message)
        self.view = view


class ViewMissing(ViewError):
    """The view's schema does not exist."""

    is_public = True

    def __init__(self, view: str) -> None:
        super().__init__(view, f"there is no view {view} in this database: start its runner, or rebuild it")


class ViewOutdated(ViewError):
    """The view was built by another version of its projection."""

    is_public = True

    def __init__(self, view: str, found: str, wanted: str) -> None:
        super().__init__(
            view, f"the view {view} was built as {found}, this program keeps {wanted}: rebuild it"
        )


class StateUnreadable(ViewError):
    """A stored state has another form than this program's, although the view's version is the same."""

    def __init__(self, view: str, key: str, detail: str) -> None:
        super().__init__(
            view, f"the state of {key} in {view} is not one that this program writes ({detail}): rebuild it"
        )


class TopicReplaced(ViewError):
    """The topic was deleted and created again since the view was built from it."""

    def __init__(self, view: str, topic: str, stored: str, found: str) -> None:
        super().__init__(
            view,
            f"topic {topic} is not the one that {view} was built from (its id is {found}, was {stored}), so "
            "the stored offsets mean nothing: once the relay has filled it, rebuild the view",
        )


class TopicsNotFull(ViewError):
    """The topics were created again, and hold less than the view that was built from those before."""

    is_public = True

    def __init__(self, view: str, found: int, wanted: int) -> None:
        super().__init__(
            view,
            f"the topics of {view} were created again and hold {found} of its {wanted} events: let the relay "
            "forget the old ones and fill these, and the view builds itself again; or, if they are all there "
            "is now, rebuild it",
        )


class OffsetLost(ViewError):
    """The stored offset lies outside of what the topic holds."""

    def __init__(self, view: str, detail: str) -> None:
        super().__init__(
            view,
            f"{view} wants to go on from an offset that its topic does not hold ({detail}): records were "
            "deleted or lost. Check the topic's retention, and audit store and topics: if they differ, "
            "delete the topic, create it, and let the relay forget the old one and fill it again. Then "
            "rebuild the view",
        )


class Fenced(ProjectionError):
    """Another owner has taken these partitions over; nothing was written. A runner starts again by itself."""


class RebuildRunning(ViewError):
    """Another rebuild or audit of this view is running."""

    def __init__(self, view: str, session: str = "") -> None:
        by = f" ({session})" if session else ""
        super().__init__(
            view, f"a rebuild or audit of {view} is running already{by}: wait until it has ended"
        )


class QuarantineChanged(ViewError):
    """A parked record was skipped while the view was being built."""

    def __init__(self, view: str) -> None:
        super().__init__(view, f"a parked record of {view} was skipped while it was being built: start again")


class ViewHasDependents(ViewError):
    """Something outside of the view's schema depends on it, and would be lost with the old tables."""

    def __init__(self, view: str, schema: str, dependents: Sequence[str]) -> None:
        super().__init__(
            view,
            f"a rebuild drops the tables of {schema}, and with them {', '.join(dependents)}: drop that "
            "yourself (what is temporary goes when its session ends: pg_terminate_backend ends it), "
            f"rebuild {view}, and create it again",
        )


class SchemaInUse(ViewError):
    """A schema that an earlier rebuild left, or this one must make, is still being read."""

    def __init__(self, view: str, schema: str, sessions: Sequence[str]) -> None:
        super().__init__(
            view,
            f"{schema} is left from an earlier rebuild or audit, and cannot be dropped while sessions of "
            f"PostgreSQL read it ({'; '.join(sessions) or 'which have ended'}): wait until they have "
            f"ended, or end them with pg_terminate_backend, then try {view} again",
        )


class KeptByNewer(ViewError):
    """The live view has folded what only a newer program can read: this one's rebuild would lose it."""

    def __init__(self, view: str, names: Sequence[str]) -> None:
        super().__init__(
            view,
            f"a newer program keeps {view}, and has folded what this one cannot read ({', '.join(names)}): "
            "let that one rebuild it; nothing was changed",
        )
        self.names = tuple(names)


class KeyNewer(ViewError):
    """A newer program keeps the key's state: only that one may leave a record of it out."""

    def __init__(self, view: str, key: str) -> None:
        super().__init__(
            view,
            f"a newer program keeps the state of {key} in {view}: let that one leave the record out; nothing "
            "was changed",
        )


class NothingParked(ViewError):
    """The key is not in quarantine."""

    kind = Kind.NOT_FOUND

    def __init__(self, view: str, key: str) -> None:
        super().__init__(view, f"nothing of key {key} is parked in {view}: look at what is")


class NotFirstParked(ViewError):
    """The record that is to be left out is not the first one of its key in quarantine any more."""

    kind = Kind.CONFLICT

    def __init__(self, view: str, key: str) -> None:
        super().__init__(
            view,
            f"another record of {key} is the first one in the quarantine of {view} by now: look at it, then "
            "decide; nothing was changed",
        )


class KeyParked(ViewError):
    """The key is in quarantine, so the view does not reach the version waited for."""

    def __init__(self, view: str, key: str) -> None:
        super().__init__(view, f"{key} is in the quarantine of {view}: look at why")


class InvalidKey(ProjectionError):
    """A key that begins with `hex:` is not followed by hexadecimal digits."""

    kind = Kind.INVALID_INPUT

    def __init__(self, key: str) -> None:
        super().__init__(
            f"{key!r} is not a key: write two hexadecimal digits for each byte after hex:, as the list of "
            "the quarantine does"
        )

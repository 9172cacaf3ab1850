"""What-if runs that somebody begins and looks at again: each is for its owner alone, and none is stored.

They are in the memory of one server process: another one does not know them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from enum import Enum
from threading import Lock, Thread
from typing import NamedTuple
from uuid import uuid4

import structlog

from casecore.app.application import Application
from casecore.app.failures import error_kind
from casecore.app.service_levels.what_if import what_if_seen
from casecore.contract.service_levels import Policy
from casecore.decider.command import GivenActor
from casecore.errors.kinds import CasecoreError, Kind, NotFound
from casecore.evaluation.whatif import Result
from casecore.visibility.rules import Viewer

MOST_AT_ONCE = 2
"""Runs at a time, of one organisation one: each needs all cores for half a minute for a million events.
"""
KEPT = timedelta(minutes=15)
MOST_KEPT = 3
"""Runs of one person that are kept."""
MOST_CHANGES = 500
"""Changes that are kept of a run."""
_ENDS_WITHIN_SECONDS = 10.0

_log = structlog.get_logger()


class WhatIfGoesOn(CasecoreError):
    """Somebody of the organisation tries a policy already."""

    kind = Kind.CONFLICT

    def __init__(self, person: str) -> None:
        super().__init__(f"{person} of your organisation tries a policy: wait until that has ended")
        self.person = person


class WhatIfsBusy(CasecoreError):
    """Others try policies."""

    kind = Kind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("others are trying policies: try again in half a minute")


class WhatIfNotKept(NotFound):
    """There is no such run, or it is somebody else's, or it is kept no more."""

    def __init__(self) -> None:
        super().__init__(
            "there is no such what-if here: each server keeps its own, for some minutes; try the policy again"
        )


class RunStatus(Enum):
    """What became of a run."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class WhatIfRun(NamedTuple):
    """A run: of which policy, as of when, how far it is (from 0 to 1), and what came out.

    `result` is there when it is done, `error` when it failed; `kept_until` when it has ended.
    """

    id: str
    policy: Policy
    at: datetime
    status: RunStatus
    share: float
    result: Result | None
    error: Exception | None
    kept_until: datetime | None


class _Cancelled(Exception):
    pass


class _Run:
    def __init__(self, owner: GivenActor, viewer: Viewer, policy: Policy, at: datetime) -> None:
        self.id = str(uuid4())
        self.owner, self.viewer, self.policy, self.at = owner, viewer, policy, at
        self.is_cancelled = self.is_forgotten = False
        self.share = 0.0
        self.status = RunStatus.RUNNING
        self.result: Result | None = None
        self.error: Exception | None = None
        self.kept_until: datetime | None = None
        self.thread: Thread | None = None

    def hear(self, share: float) -> None:
        """How far it is; raises _Cancelled, which ends it."""
        self.share = share
        if self.is_cancelled:
            raise _Cancelled

    def shown(self) -> WhatIfRun:
        return WhatIfRun(
            id=self.id,
            policy=self.policy,
            at=self.at,
            status=self.status,
            share=self.share,
            result=self.result,
            error=self.error,
            kept_until=self.kept_until,
        )


class WhatIfRuns:
    """Begins runs, each in a thread, and tells their owners of them."""

    def __init__(self, app: Application, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._app = app
        self._now = now
        self._runs: dict[str, _Run] = {}
        self._lock = Lock()

    def begin(self, owner: GivenActor, viewer: Viewer, policy: Policy) -> WhatIfRun:
        """Try a policy on the cases that a viewer sees, as of now; raises WhatIfGoesOn and WhatIfsBusy."""
        with self._lock:
            self._forget()
            running = [one for one in self._runs.values() if one.status is RunStatus.RUNNING]
            for one in running:
                if one.viewer.organisation == viewer.organisation:
                    raise WhatIfGoesOn(one.owner.person)
            if len(running) >= MOST_AT_ONCE:
                raise WhatIfsBusy
            run = _Run(owner, viewer, policy, self._now())
            kept = [one for one in self._runs.values() if one.owner == owner]
            for old in kept[: len(kept) + 1 - MOST_KEPT]:
                del self._runs[old.id]
            self._runs[run.id] = run
            run.thread = Thread(target=self._work, args=(run,), name="what-if", daemon=True)
            run.thread.start()
        return run.shown()

    def find(self, run_id: str, owner: GivenActor) -> WhatIfRun:
        """A run of this owner; raises WhatIfNotKept."""
        with self._lock:
            return self._of(run_id, owner).shown()

    def cancel(self, run_id: str, owner: GivenActor) -> None:
        """End a run of this owner, soon, if it goes on; raises WhatIfNotKept."""
        with self._lock:
            self._of(run_id, owner).is_cancelled = True

    def forget(self, run_id: str, owner: GivenActor) -> None:
        """End a run of this owner, soon, and keep nothing of it; raises WhatIfNotKept.

        Until it has ended, its organisation tries no other policy.
        """
        with self._lock:
            run = self._of(run_id, owner)
            run.is_cancelled = run.is_forgotten = True
            if run.status is not RunStatus.RUNNING:
                del self._runs[run_id]

    def close(self) -> None:
        """End all runs."""
        with self._lock:
            threads = [run.thread for run in self._runs.values() if run.thread is not None]
            for run in self._runs.values():
                run.is_cancelled = True
        for thread in threads:
            thread.join(_ENDS_WITHIN_SECONDS)

    def _of(self, run_id: str, owner: GivenActor) -> _Run:
        self._forget()
        run = self._runs.get(run_id)
        if run is None or run.owner != owner or run.is_forgotten:
            raise WhatIfNotKept
        return run

    def _forget(self) -> None:
        now = self._now()
        for run in list(self._runs.values()):
            if run.kept_until is not None and run.kept_until <= now:
                del self._runs[run.id]

    def _work(self, run: _Run) -> None:
        status, result, error = RunStatus.FAILED, None, None
        try:
            with closing(Application(self._app.settings, self._app.addresses)) as app:
                result = what_if_seen(app, run.policy, run.at, MOST_CHANGES, run.viewer, run.hear)
            status = RunStatus.DONE
        except _Cancelled:
            status = RunStatus.CANCELLED
        except Exception as failed:
            error = failed
            if error_kind(failed) is Kind.DEFECT:
                _log.error("what_if_failed", exc_info=failed)
        with self._lock:
            run.status, run.result, run.error = status, result, error
            run.kept_until = self._now() + KEPT
            if run.is_forgotten:
                self._runs.pop(run.id, None)

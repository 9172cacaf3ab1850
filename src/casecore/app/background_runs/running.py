"""Operations: begun by whoever asks, at work in a thread, and looked at by anybody at any server."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from threading import Lock, Thread
from time import monotonic, sleep
from typing import NamedTuple
from uuid import UUID, uuid4

import msgspec
import structlog

from casecore.app.application import Application
from casecore.app.background_runs.asked import AnyRun, check_run, do_run
from casecore.app.background_runs.operation import Failure, Operation, as_operation, organisation_of
from casecore.app.background_runs.plain import as_plain
from casecore.app.background_runs.rights import check_may_run
from casecore.app.command_context import CommandContext
from casecore.app.failures import UNAVAILABLE, error_kind, expected_error, is_of_installation
from casecore.commands.bus import CommandBus
from casecore.commands.errors import BusClosed
from casecore.decider.command import GivenActor
from casecore.decider.refusal import CommandIdReused
from casecore.errors.kinds import CasecoreError, Kind, NotFound, details_of
from casecore.postgres.connection import Connection
from casecore.store.operations import OperationPlace, OperationRecords
from casecore.store.receipts import read_receipt

_BEGINS_WITHIN_SECONDS = 2.0
_LOOK_SECONDS = 0.02
_ENDS_WITHIN_SECONDS = 20.0
"""How long runs may go on when the server ends; then they are left, and are to be given again."""

_log = structlog.get_logger()
_encode = msgspec.json.Encoder().encode


class OperationUnknown(NotFound):
    """There is no operation with that id, or not of the viewer's organisation."""

    def __init__(self, operation: UUID) -> None:
        super().__init__(f"There is no operation {operation}.")
        self.operation = operation


class OperationGoesOn(CasecoreError):
    """A run of that kind goes on already."""

    kind = Kind.CONFLICT

    def __init__(self, run: str) -> None:
        super().__init__(f"a run of the kind {run} goes on: ask again when it has ended")
        self.run = run


class Begun(NamedTuple):
    """An operation that was asked for; `is_replay`: it was asked for before."""

    operation: Operation
    is_replay: bool


class Operations:
    """Begins operations and tells of them."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._threads: list[Thread] = []
        self._lock = Lock()

    def begin(self, app: Application, asked: AnyRun, context: CommandContext) -> Begun:
        """Begin an operation whose id is the command's id, or tell of the one that has this id.

        `app` is the caller's, with the bus for the commands of the run. One that was interrupted begins
        again. Raises a Refusal for what is not the actor's business, CommandIdReused, OperationGoesOn,
        InvalidInput, and DatabaseUnavailable.
        """
        check_may_run(app, asked, context.actor)
        check_run(asked)
        operation_id = context.command_id or uuid4()
        content, given_by = _text(asked), _text(context.actor)
        give_up_at = monotonic() + _BEGINS_WITHIN_SECONDS
        with closing(OperationRecords(self._app.database)) as records:
            while True:
                known = records.find(operation_id)
                is_other = known is not None and (known.asked, known.given_by) != (content, given_by)
                if is_other or (known is None and read_receipt(self._app.database, operation_id)):
                    raise CommandIdReused(str(operation_id))
                if known is not None and (known.goes_on or known.ended_at is not None):
                    return Begun(as_operation(known), is_replay=True)
                lock = records.lock(asked.kind)
                if lock is not None:
                    break
                last = records.last_of(asked.kind)
                is_another = last is not None and last.goes_on and last.id != operation_id
                if is_another or monotonic() > give_up_at:
                    raise OperationGoesOn(asked.kind)
                sleep(_LOOK_SECONDS)  # whoever has the lock may be about to begin the very same
            return self._begin(records, lock, operation_id, app.bus, asked, context)

    def find(self, operation_id: UUID, organisation: str, kinds: Collection[str]) -> Operation:
        """An operation of one of these kinds, if somebody of this organisation asked for it.

        Raises OperationUnknown and DatabaseUnavailable.
        """
        with closing(OperationRecords(self._app.database)) as records:
            found = records.find(operation_id)
        if found is None or found.kind not in kinds or organisation_of(found) != organisation:
            raise OperationUnknown(operation_id)
        return as_operation(found)

    def latest(
        self, organisation: str, kinds: Collection[str], limit: int, after: OperationPlace | None = None
    ) -> list[Operation]:
        """The operations of these kinds for which somebody of this organisation asked, the last one first.

        At most so many, those that began before `after` if it is given. Raises DatabaseUnavailable.
        """
        with closing(OperationRecords(self._app.database)) as records:
            return [as_operation(one) for one in records.latest(organisation, kinds, limit, after)]

    def close(self) -> None:
        """Wait some seconds for the runs that go on, and leave the others."""
        give_up_at = monotonic() + _ENDS_WITHIN_SECONDS
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(max(0.0, give_up_at - monotonic()))

    def _begin(
        self,
        records: OperationRecords,
        lock: Connection,
        operation_id: UUID,
        bus: CommandBus,
        asked: AnyRun,
        context: CommandContext,
    ) -> Begun:
        try:
            begins = records.begin(operation_id, asked.kind, _text(asked), _text(context.actor))
            known = records.find(operation_id)
            assert known is not None, "it has just begun, or there was one before"
            if begins:
                own = context._replace(command_id=operation_id)
                thread = Thread(
                    target=self._work, args=(lock, bus, asked, own), name=f"run-{asked.kind}", daemon=True
                )
                thread.start()
                with self._lock:
                    self._threads = [*(one for one in self._threads if one.is_alive()), thread]
            else:
                lock.close()
        except BaseException:
            lock.close()
            raise
        return Begun(as_operation(known), is_replay=not begins)

    def _work(self, lock: Connection, bus: CommandBus, asked: AnyRun, context: CommandContext) -> None:
        assert context.command_id is not None
        with closing(lock), self._own_app(bus) as app:
            try:
                figures, needs_look = do_run(app, asked, context)
                outcome = _encode({"figures": as_plain(figures), "needs_look": needs_look})
                has_failed = False
            except BusClosed:  # the server ends: what is not done is to be given again
                return
            except Exception as error:
                outcome, has_failed = _encode(_failure_of(error)), True
            with closing(OperationRecords(app.database)) as records:
                records.end(context.command_id, outcome.decode(), has_failed=has_failed)

    @contextmanager
    def _own_app(self, bus: CommandBus) -> Iterator[Application]:
        app = Application(self._app.settings, self._app.addresses)
        app.bus = bus
        try:
            yield app
        finally:
            app.close()


def _failure_of(error: Exception) -> Failure:
    expected = expected_error(error)
    if error_kind(error) is Kind.DEFECT or expected is None:
        _log.error("run_failed", exc_info=error)
        return Failure(code=Kind.DEFECT.value, detail="The program has a fault.")
    if is_of_installation(error):
        _log.warning("run_failed", error=str(error))
        return Failure(code=expected.code, detail=UNAVAILABLE)
    return Failure(code=expected.code, detail=str(expected), details=details_of(expected))


def _text(value: AnyRun | GivenActor) -> str:
    return _encode(value).decode()

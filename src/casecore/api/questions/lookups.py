"""Looks cases up for many requests at once: all that came while a question was under way are in the next.

One request alone is asked about at once; the more there are, the fewer questions each costs.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from uuid import UUID

from casecore.app.seen.rows import CaseRows
from casecore.contract.streams import case_stream_id
from casecore.errors.kinds import CasecoreError
from projections.kit.reading.beside_log import StreamBesideLog
from projections.workload.tables import CaseRow

MOST_IN_ONE_QUESTION = 256


class _Wanted(NamedTuple):
    stream_id: UUID
    found: asyncio.Future[StreamBesideLog[CaseRow] | None]


class CaseLookups:
    """Looks cases up; all but the questions themselves happen on the event loop's thread."""

    def __init__(self, rows: CaseRows) -> None:
        self._rows = rows
        self._waiting: deque[_Wanted] = deque()
        self._is_asking = False
        self._thread = ThreadPoolExecutor(1, "lookup")

    async def find(self, case: str) -> StreamBesideLog[CaseRow] | None:
        """The case beside the log; None for one that is not there, and where it cannot be looked up now."""
        loop = asyncio.get_running_loop()
        wanted = _Wanted(case_stream_id(case), loop.create_future())
        self._waiting.append(wanted)
        if not self._is_asking:
            self._ask_next(loop)
        return await wanted.found

    def close(self) -> None:
        """Finish the question that is under way, and leave the server."""
        self._thread.submit(self._rows.close)
        self._thread.shutdown()

    def _ask_next(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_asking = True
        asked = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_IN_ONE_QUESTION))]
        question = loop.run_in_executor(self._thread, self._rows.find, {one.stream_id for one in asked})
        question.add_done_callback(lambda answer: self._deliver(loop, asked, answer))

    def _deliver(
        self,
        loop: asyncio.AbstractEventLoop,
        asked: list[_Wanted],
        answer: asyncio.Future[dict[UUID, StreamBesideLog[CaseRow]]],
    ) -> None:
        self._is_asking = False
        error = None if answer.cancelled() else answer.exception()
        found = {} if answer.cancelled() or error is not None else answer.result()
        for one in asked:
            if one.found.done():  # whoever asked is gone
                continue
            if error is None or isinstance(error, CasecoreError):
                one.found.set_result(found.get(one.stream_id))
            else:
                one.found.set_exception(error)
        if self._waiting:
            self._ask_next(loop)

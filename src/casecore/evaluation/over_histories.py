"""Work over all histories of the store: range by range, by several processes where that is worth it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

from casecore.evaluation.histories import StreamRange, stream_ranges

WORTH_EVENTS = 20_000
"""With fewer events, the second that a process takes to start is not worth it."""

FoundT = TypeVar("FoundT")


def over_histories(
    work: Callable[[StreamRange], FoundT],
    up_to: int,
    processes: int,
    on_progress: Callable[[float], None] = lambda _: None,
    niceness: int = 0,
) -> Iterator[FoundT]:
    """What `work` finds in each range of streams, up to a position of the log, in any order.

    `work` and what it finds go from process to process. `on_progress` gets the share that is done, from 0
    to 1. The processes give way to others by `niceness`. Raises what `work` and `on_progress` raise.
    """
    ranges = stream_ranges(up_to)
    if processes == 1 or up_to < WORTH_EVENTS:
        for done, streams in enumerate(ranges, start=1):
            yield work(streams)
            on_progress(done / len(ranges))
        return
    # A process of its own shares nothing that this one has open.
    with ProcessPoolExecutor(processes, get_context("spawn"), os.nice, (niceness,)) as pool:
        running = [pool.submit(work, streams) for streams in ranges]
        try:
            for done, found in enumerate(as_completed(running), start=1):
                yield found.result()
                on_progress(done / len(ranges))
        finally:  # after a failure those that have not begun are not waited for
            pool.shutdown(cancel_futures=True)

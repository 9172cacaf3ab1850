"""Work over all histories: part by part, by several processes where that is worth it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

from casecore.evaluation.histories import StreamRange, stream_ranges

WORTH_EVENTS = 20_000
"""With fewer events, the second that a process takes to start is not worth it."""

PartT = TypeVar("PartT")
FoundT = TypeVar("FoundT")
OnShare = Callable[[float], None]
"""Gets the share that is done, from 0 to 1."""
MakePool = Callable[[int, int], Executor]
"""Makes so many processes, of a niceness."""


def over_histories(
    work: Callable[[StreamRange], FoundT],
    up_to: int,
    processes: int,
    on_progress: OnShare = lambda _: None,
    niceness: int = 0,
) -> Iterator[FoundT]:
    """What `work` finds in each range of streams up to a position, in any order; as `over_parts`."""
    return over_parts(work, stream_ranges(up_to), worth(processes, up_to), on_progress, niceness)


def worth(processes: int, events: int) -> int:
    """So many processes, or one where there are so few events that starting more is not worth it."""
    return 1 if events < WORTH_EVENTS else processes


def over_parts(
    work: Callable[[PartT], FoundT],
    parts: Sequence[PartT],
    processes: int,
    on_progress: OnShare = lambda _: None,
    niceness: int = 0,
    pool_of: MakePool | None = None,
) -> Iterator[FoundT]:
    """What `work` finds in each part, in any order.

    `work`, a part and what is found go from process to process. `on_progress` gets the share that is done.
    The processes give way to others by `niceness`. `pool_of` makes them.
    Raises what `work` and `on_progress` raise.
    """
    if processes == 1:
        for done, part in enumerate(parts, start=1):
            yield work(part)
            on_progress(done / len(parts))
        return
    with (pool_of or _spawned)(processes, niceness) as pool:
        running = [pool.submit(work, part) for part in parts]
        try:
            for done, found in enumerate(as_completed(running), start=1):
                yield found.result()
                on_progress(done / len(parts))
        finally:  # after a failure those that have not begun are not waited for
            for one in running:
                one.cancel()


def _spawned(processes: int, niceness: int) -> Executor:
    """Processes of their own, which share nothing that this one has open."""
    return ProcessPoolExecutor(processes, get_context("spawn"), os.nice, (niceness,))

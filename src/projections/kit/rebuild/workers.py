"""Parallel rebuild workers: a view built by several processes at once, each with partitions of its own."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context, parent_process
from multiprocessing.context import SpawnProcess
from pickle import PicklingError
from typing import TypeAlias

from casecore.kafka.partitions import Partition
from projections.kit.collector import quieten_collector
from projections.kit.errors import ProjectionError
from projections.kit.fold.records import RecordPlace
from projections.kit.fold.verdicts import Verdict
from projections.kit.projection import AnyProjection
from projections.kit.rebuild.shadow_build import BuildProgress, OnProgress, PartitionShare, ShadowBuild
from projections.kit.servers import ViewServers

WORTH_OFFSETS = 50_000
"""With fewer, the second that a process takes to start is not worth it."""

_LOOK_SECONDS = 0.5

Ended: TypeAlias = int | Exception
"""How many events a process has applied, or what has stopped it."""

_Receiver: TypeAlias = "connection.Connection[None, Ended]"
_Sender: TypeAlias = "connection.Connection[Ended, None]"


def build_in_parallel(
    shadow: ShadowBuild, targets: Mapping[Partition, int], processes: int, on_progress: OnProgress
) -> None:
    """Build up to exactly these offsets, by several processes if that is worth it.

    Raises what `build_to` raises, in this process or another, and ProjectionError where one was ended. Then
    none of them is at work any more.
    """
    left = shadow.left(targets)
    shares = _share_out(left, processes)
    if len(shares) > 1 and sum(left.values()) >= WORTH_OFFSETS:
        _build_by_workers(shadow, targets, shares, on_progress)
    shadow.build_to(targets, on_progress)


def _share_out(left: Mapping[Partition, int], processes: int) -> list[list[Partition]]:
    """The partitions of which something is left, in shares of about the same size."""
    behind = sorted((each for each in left if left[each] > 0), key=lambda each: -left[each])
    shares: list[list[Partition]] = [[] for _ in range(min(processes, len(behind)))]
    sizes = [0] * len(shares)
    for each in behind:
        smallest = sizes.index(min(sizes))
        shares[smallest].append(each)
        sizes[smallest] += left[each]
    return shares


def _build_by_workers(
    shadow: ShadowBuild,
    targets: Mapping[Partition, int],
    shares: Sequence[Sequence[Partition]],
    on_progress: OnProgress,
) -> None:
    total = shadow.span(targets)
    with _at_work(_arguments(shadow, targets, share) for share in shares) as at_work:
        while at_work:
            for ended in connection.wait(list(at_work), _LOOK_SECONDS):
                shadow.events += _result(ended, at_work.pop(ended))  # type: ignore[call-overload, arg-type]
            on_progress(BuildProgress(shadow.built(), total, shadow.events))
    shadow.take_over()


def _arguments(
    shadow: ShadowBuild, targets: Mapping[Partition, int], share: Sequence[Partition]
) -> tuple[object, ...]:
    """What `build_share` is called with."""
    mine = {each: targets[each] for each in share}
    return (
        shadow.projection,
        shadow.servers,
        shadow.schema,
        shadow.share_out(share),
        mine,
        shadow.verdicts,
    )


@contextmanager
def _at_work(workers: Iterator[tuple[object, ...]]) -> Iterator[dict[_Receiver, SpawnProcess]]:
    """A process for each worker, by the pipe through which it reports its end; afterwards none is left."""
    # A process of its own shares nothing that this one has open.
    context = get_context("spawn")
    started: list[SpawnProcess] = []
    at_work: dict[_Receiver, SpawnProcess] = {}
    try:
        for arguments in workers:
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(sender, *arguments), daemon=True)
            process.start()
            started.append(process)
            sender.close()  # only the process has it now, so its end is seen
            at_work[receiver] = process
        yield at_work
    finally:
        for process in started:
            process.kill()  # what it has not committed is nothing
        for process in started:
            process.join()
        for receiver in at_work:
            receiver.close()


def _result(receiver: _Receiver, process: SpawnProcess) -> int:
    try:
        ended = receiver.recv()
    except EOFError:
        process.join()
        raise ProjectionError(
            f"a process of this rebuild was ended ({process.exitcode}): start it again, if memory was short "
            "with fewer processes"
        ) from None
    finally:
        receiver.close()
    if isinstance(ended, Exception):
        raise ended
    return ended


def _work(sender: _Sender, *arguments: object) -> None:
    """The life of a worker: it reports how it ended, and leaves interrupts to the process that began it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    quieten_collector()
    try:
        ended: Ended = build_share(*arguments)  # type: ignore[arg-type]
    except ProjectionError as error:
        ended = error
    except Exception as error:
        error.add_note(traceback.format_exc())  # all of the trace that reaches the other process
        ended = error
    try:
        with suppress(BrokenPipeError):  # the process that began it was killed: nobody is left to hear
            sender.send(ended)
    except (TypeError, AttributeError, PicklingError):
        sender.send(ProjectionError(f"{type(ended).__name__}: {ended}"))


def build_share(
    projection: AnyProjection,
    servers: ViewServers,
    target_schema: str,
    share: PartitionShare,
    targets: Mapping[Partition, int],
    verdicts: Mapping[RecordPlace, Verdict],
) -> int:
    """Build some partitions of a schema up to these offsets; returns how many events were applied."""
    with ShadowBuild(projection, servers, target_schema, verdicts, share) as shadow:
        shadow.build_to(targets, _end_with_parent)
        return shadow.events


def _end_with_parent(_: BuildProgress) -> None:
    parent = parent_process()
    if parent is not None and not parent.is_alive():
        raise ProjectionError("the rebuild that this process belongs to has ended")

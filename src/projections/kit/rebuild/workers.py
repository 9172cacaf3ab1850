"""A view built by several processes at once, each with partitions of its own, as its runners share them."""

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
from projections.kit.fold.records import Place
from projections.kit.fold.verdicts import Verdict
from projections.kit.projection import AnyProjection
from projections.kit.rebuild.shadow_build import Builder, Progress, Report, Share

WORTH_OFFSETS = 50_000
"""With fewer, the second that a process takes to start is not worth it."""

_LOOK_SECONDS = 0.5

Ended: TypeAlias = int | Exception
"""How many events a process has applied, or what has stopped it."""

_Receiver: TypeAlias = "connection.Connection[None, Ended]"
_Sender: TypeAlias = "connection.Connection[Ended, None]"


def build_together(
    builder: Builder, targets: Mapping[Partition, int], processes: int, report: Report
) -> None:
    """Build up to exactly these offsets, by several processes if that is worth it.

    Raises what `build_to` raises, of another process as a plain ProjectionError if it is one, and
    ProjectionError where one was ended. Then none of them is at work any more.
    """
    left = builder.left(targets)
    shares = _dealt(left, processes)
    if len(shares) > 1 and sum(left.values()) >= WORTH_OFFSETS:
        _by_shares(builder, targets, shares, report)
    builder.build_to(targets, report)


def _dealt(left: Mapping[Partition, int], processes: int) -> list[list[Partition]]:
    """The partitions of which something is left, in shares of about the same size."""
    behind = sorted((each for each in left if left[each] > 0), key=lambda each: -left[each])
    shares: list[list[Partition]] = [[] for _ in range(min(processes, len(behind)))]
    sizes = [0] * len(shares)
    for each in behind:
        smallest = sizes.index(min(sizes))
        shares[smallest].append(each)
        sizes[smallest] += left[each]
    return shares


def _by_shares(
    builder: Builder,
    targets: Mapping[Partition, int],
    shares: Sequence[Sequence[Partition]],
    report: Report,
) -> None:
    total = builder.span(targets)
    with _at_work(_given(builder, targets, share) for share in shares) as at_work:
        while at_work:
            for ended in connection.wait(list(at_work), _LOOK_SECONDS):
                builder.events += _result(ended, at_work.pop(ended))  # type: ignore[call-overload, arg-type]
            report(Progress(builder.built(), total, builder.events))
    builder.take_over()


def _given(
    builder: Builder, targets: Mapping[Partition, int], share: Sequence[Partition]
) -> tuple[object, ...]:
    """What `build_share` is called with."""
    mine = {each: targets[each] for each in share}
    return (
        builder.projection,
        builder.where,
        builder.schema,
        builder.share_out(share),
        mine,
        builder.verdicts,
    )


@contextmanager
def _at_work(given: Iterator[tuple[object, ...]]) -> Iterator[dict[_Receiver, SpawnProcess]]:
    """A process for each, by the pipe through which it tells its end; afterwards none is left."""
    # A process of its own shares nothing that this one has open.
    context = get_context("spawn")
    started: list[SpawnProcess] = []
    at_work: dict[_Receiver, SpawnProcess] = {}
    try:
        for arguments in given:
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
            "with fewer --processes"
        ) from None
    finally:
        receiver.close()
    if isinstance(ended, Exception):
        raise ended
    return ended


def _work(sender: _Sender, *arguments: object) -> None:
    """The life of such a process: it tells how it ended, and leaves interrupts to the one that began it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    quieten_collector()
    try:
        ended: Ended = build_share(*arguments)  # type: ignore[arg-type]
    except ProjectionError as error:  # which are not all made of their message, as pickle makes them
        ended = ProjectionError(str(error))
    except Exception as error:
        error.add_note(traceback.format_exc())  # which is all of the trace that reaches the other process
        ended = error
    try:
        with suppress(BrokenPipeError):  # who began it was killed: nobody is left to be told
            sender.send(ended)
    except (TypeError, AttributeError, PicklingError):
        sender.send(ProjectionError(f"{type(ended).__name__}: {ended}"))


def build_share(
    projection: AnyProjection,
    where: tuple[str, str, str],
    target_schema: str,
    share: Share,
    targets: Mapping[Partition, int],
    verdicts: Mapping[Place, Verdict],
) -> int:
    """Build some partitions of a schema up to these offsets; returns how many events were applied.

    `where` is the database, Kafka's address and the topics' prefix.
    """
    with Builder(projection, *where, target_schema, verdicts, share) as builder:
        builder.build_to(targets, _end_with_parent)
        return builder.events


def _end_with_parent(_: Progress) -> None:
    parent = parent_process()
    if parent is not None and not parent.is_alive():
        raise ProjectionError("the rebuild that this process belongs to has ended")

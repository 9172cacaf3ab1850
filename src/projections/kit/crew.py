"""A view built by several processes at once, each with partitions of its own, as its runners share them."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from multiprocessing import get_context

from projections.kit.building import Builder, Progress, Report
from projections.kit.collector import quieten_collector
from projections.kit.errors import ProjectionError
from projections.kit.logic import Verdict
from projections.kit.projection import AnyProjection
from projections.kit.records import Place
from projections.kit.topics import Partition

WORTH_OFFSETS = 50_000
"""To start a process takes about as long as to build so many events."""

_LOOK_SECONDS = 0.5


def build_together(
    builder: Builder,
    projection: AnyProjection,
    where: tuple[str, str, str],
    targets: Mapping[Partition, int],
    processes: int,
    report: Report,
) -> None:
    """Build up to exactly these offsets, by several processes if that is worth it.

    `where` is the database, Kafka's address and the topics' prefix. Raises what `build_to` raises; of
    another process's errors, only what is no ProjectionError keeps its type.
    """
    left = builder.left(targets)
    if processes > 1 and sum(left.values()) >= WORTH_OFFSETS:
        _by_shares(builder, projection, where, targets, _dealt(left, processes), report)
    builder.build_to(targets, report)


def _dealt(left: Mapping[Partition, int], processes: int) -> list[list[Partition]]:
    """The partitions in shares of about the same size."""
    shares: list[list[Partition]] = [[] for _ in range(min(processes, len(left)))]
    sizes = [0] * len(shares)
    for each in sorted(left, key=lambda partition: -left[partition]):
        smallest = sizes.index(min(sizes))
        shares[smallest].append(each)
        sizes[smallest] += left[each]
    return shares


def _by_shares(
    builder: Builder,
    projection: AnyProjection,
    where: tuple[str, str, str],
    targets: Mapping[Partition, int],
    shares: Sequence[Sequence[Partition]],
    report: Report,
) -> None:
    total = builder.built() + sum(builder.left(targets).values())
    # A process of its own shares nothing that this one has open.
    with ProcessPoolExecutor(len(shares), mp_context=get_context("spawn")) as pool:
        at_work: set[Future[int]] = set()
        try:
            for share in shares:
                mine = {each: targets[each] for each in share}
                given = (projection, where, builder.schema, mine, builder.verdicts)
                at_work.add(pool.submit(build_share, *given))
            while at_work:
                done, at_work = wait(at_work, _LOOK_SECONDS)
                builder.events += sum(each.result() for each in done)
                report(Progress(builder.built(), total, builder.events))
        finally:  # after a failure, this is what makes the others end
            builder.take_over()


def build_share(
    projection: AnyProjection,
    where: tuple[str, str, str],
    target_schema: str,
    targets: Mapping[Partition, int],
    verdicts: Mapping[Place, Verdict],
) -> int:
    """Build some partitions of a schema up to these offsets; returns how many events were applied."""
    quieten_collector()
    try:
        with Builder(projection, *where, target_schema, verdicts, targets) as builder:
            builder.build_to(targets, _end_with_parent)
            return builder.events
    except ProjectionError as error:  # which are not all made of their message, as pickle makes them
        raise ProjectionError(str(error)) from None


def _end_with_parent(_: Progress) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        raise ProjectionError("the rebuild that this process belongs to has ended")

"""Several questions to a view that one snapshot answers, although a rebuild may swap the view."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from casecore.postgres.connection import Connection
from projections.kit.errors import ProjectionError
from projections.kit.projection import AnyProjection
from projections.kit.reading import statements
from projections.kit.tables.statement import statement

AnswerT = TypeVar("AnswerT")

_TRIES = 5
"""A rebuild takes seconds, and reading a page much less: a second swap is unlikely, a fifth absurd."""


def read_snapshot(
    connection: Connection, projection: AnyProjection, ask: Callable[[Connection], AnswerT]
) -> AnswerT:
    """What `ask` returns; all that it reads is of one snapshot, so that sums agree with each other.

    Raises ProjectionError if the view is swapped whenever it is read, and what `ask` raises.
    """
    build = statement(statements.SELECT_BUILD, schema=projection.name)
    for _ in range(_TRIES):
        with connection.transaction():
            connection.execute("set transaction isolation level repeatable read read only")
            # A rebuilt view that is swapped in meanwhile is found by name, but has no rows of this moment:
            # what was read then is of neither.
            before = connection.execute(build).fetchone()
            answer = ask(connection)
            if before is not None and connection.execute(build).fetchone() == before:
                return answer
    raise ProjectionError(
        f"a rebuild replaced the view {projection.name} each of {_TRIES} times that it was read"
    )

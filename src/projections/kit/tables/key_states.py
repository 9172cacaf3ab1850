"""What is stored of some keys: the states that a fold goes on from, and which keys are parked."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from casecore.contract.words import unknown_words
from casecore.postgres.connection import Connection
from projections.kit.errors import StateUnreadable
from projections.kit.fold.outcome import NEW_KEY, KeyState
from projections.kit.projection import AnyProjection
from projections.kit.tables.statement import statement

LOAD_STATES = "select key, version, state, any_next from {schema}.states where key = any(%s)"
LOAD_PARKED = "select distinct key from {schema}.quarantine where key = any(%s)"


def load_key_states(
    connection: Connection, projection: AnyProjection, schema: str, keys: list[UUID]
) -> dict[UUID, KeyState]:
    """What is stored of these keys, and whether they are parked; a new key has the version 0.

    A state in which a newer program has put a word that this one does not know is not read, but named in
    `newer`. Raises StateUnreadable for any other state that this program cannot read.
    """
    parked = load_parked(connection, schema, keys)
    found = {key: KeyState(parked=key in parked) if parked else NEW_KEY for key in keys}
    for key, version, state, any_next in connection.execute(statement(LOAD_STATES, schema=schema), (keys,)):
        decoded, newer = None, ""
        try:
            decoded = None if state is None else projection.decode_state(state.encode())
        except msgspec.DecodeError as wrong:
            newer = "; ".join(map(str, unknown_words(projection.state, state.encode())))
            if not newer:
                raise StateUnreadable(projection.name, str(key), str(wrong)) from wrong
        found[key] = KeyState(version, decoded, any_next, found[key].parked, newer)
    return found


def load_parked(connection: Connection, schema: str, keys: Sequence[UUID]) -> set[UUID]:
    """Those of these keys that are in quarantine."""
    raw = [str(key).encode() for key in keys]
    rows = connection.execute(statement(LOAD_PARKED, schema=schema), (raw,))
    return {UUID(bytes(row[0]).decode()) for row in rows}

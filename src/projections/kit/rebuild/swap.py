"""The swap at the end of a rebuild: the shadow build takes the live view's place."""

from __future__ import annotations

from casecore.postgres.connection import Connection
from projections.kit.projection import AnyProjection
from projections.kit.quarantine.quarantine import retry_built
from projections.kit.rebuild import statements
from projections.kit.rebuild.decided import load_verdicts, skips, still_valid
from projections.kit.rebuild.dropping import drop_schema_if_possible, refuse_dependents
from projections.kit.rebuild.shadow_build import OnProgress, ShadowBuild
from projections.kit.tables import schema
from projections.kit.tables.offsets import fence_all, load_offsets
from projections.kit.tables.statement import statement


def swap(live: Connection, projection: AnyProjection, shadow: ShadowBuild, on_progress: OnProgress) -> None:
    """Build to the live view's last offset, and take its name; then the old one is dropped.

    Its runner is held up while the last records are folded, and begins again by itself. Raises
    QuarantineChanged and ViewHasDependents; then nothing is swapped.
    """
    name, old = projection.name, f"{projection.name}_old"
    if schema.exists(live, name):
        # Hashing took its time: what came meanwhile is folded before anybody is held up.
        shadow.build_to(shadow.targets(load_offsets(live, name)), on_progress)
    with schema.creation_lock(live, name), live.transaction():
        live.execute(statements.LIMIT_SWAP)
        there = schema.exists(live, name)
        if there:
            # The locked offsets hold the live runner up; its next write finds that it owns nothing.
            shadow.build_to(shadow.targets(load_offsets(live, name, lock=True)), on_progress)
            still_valid(name, skips(shadow.verdicts), load_verdicts(live, name, parked=False))
            refuse_dependents(live, name, name)
        if len(skips(shadow.verdicts)) < len(shadow.verdicts):
            retry_built(shadow.connection, projection, shadow.schema)
        if there:
            fence_all(live, name)
            live.execute(statement(statements.COPY_SKIPPED, schema=name, new=shadow.schema))
            live.execute(statement(statements.RENAME_SCHEMA, schema=name, new=old))
        fence_all(live, shadow.schema)
        live.execute(statement(statements.RENAME_SCHEMA, schema=shadow.schema, new=name))
    drop_schema_if_possible(live, name, old)  # else the next rebuild drops it

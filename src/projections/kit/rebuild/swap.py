"""The swap at the end of a rebuild: the shadow build takes the live view's place."""

from __future__ import annotations

from casecore.postgres.connection import Connection
from projections.kit.projection import AnyProjection
from projections.kit.quarantine.quarantine import retry_built
from projections.kit.rebuild import statements
from projections.kit.rebuild.decided import load_verdicts, skips, still_valid
from projections.kit.rebuild.dropping import drop_schema_if_possible, refuse_dependents
from projections.kit.rebuild.shadow_build import Builder, Report
from projections.kit.tables import schema
from projections.kit.tables.offsets import fence_all, load_offsets
from projections.kit.tables.statement import statement


def swap(live: Connection, projection: AnyProjection, builder: Builder, report: Report) -> None:
    """Build to the live view's last offset, and take its name; it is dropped then.

    Its runner is held up while the last records are folded, and begins again by itself. Raises
    QuarantineChanged and ViewHasDependents; then nothing is swapped.
    """
    name, old = projection.name, f"{projection.name}_old"
    if schema.exists(live, name):
        # Hashing took its time: what came meanwhile is folded before anybody is held up.
        builder.build_to(builder.targets(load_offsets(live, name)), report)
    with live.transaction():
        live.execute(statements.LIMIT_SWAP)
        schema.lock_creation(live, name)
        there = schema.exists(live, name)
        if there:
            # The locked offsets hold the live runner up; its next write finds that it owns nothing.
            builder.build_to(builder.targets(load_offsets(live, name, lock=True)), report)
            still_valid(name, skips(builder.verdicts), load_verdicts(live, name, parked=False))
            refuse_dependents(live, name, name)
        if len(skips(builder.verdicts)) < len(builder.verdicts):
            retry_built(builder.connection, projection, builder.schema)
        if there:
            fence_all(live, name)
            live.execute(statement(statements.COPY_SKIPPED, schema=name, new=builder.schema))
            live.execute(statement(statements.RENAME_SCHEMA, schema=name, new=old))
        fence_all(live, builder.schema)
        live.execute(statement(statements.RENAME_SCHEMA, schema=builder.schema, new=name))
    drop_schema_if_possible(live, name, old)  # else the next rebuild drops it

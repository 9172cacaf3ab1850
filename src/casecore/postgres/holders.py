"""Who holds a lock: the sessions behind it, as an operator finds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from psycopg.pq import TransactionStatus

from casecore.postgres.connection import Connection

# A login may also use what it is allowed to by a role that it can take on. Whose address may not be seen has
# none here.
_HOLDERS = """
select distinct a.pid, pg_get_userbyid(a.usesysid), coalesce(a.application_name, ''),
  coalesce(host(a.client_addr), '')
from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.pid <> pg_backend_pid()
  and l.database = (select oid from pg_database where datname = current_database())
  and %(may_write)s = exists (
    select from pg_roles r where pg_has_role(a.usesysid, r.oid, 'MEMBER')
    and coalesce(has_table_privilege(r.oid, to_regclass(%(table)s::text), 'INSERT'),
      has_database_privilege(r.oid, l.database, 'CREATE'))
  )
  and {condition}
order by a.pid
"""


_RELATION_HOLDERS = """
select distinct a.pid, pg_get_userbyid(a.usesysid), coalesce(a.application_name, ''),
  coalesce(host(a.client_addr), '')
from pg_locks l join pg_stat_activity a on a.pid = l.pid join pg_class c on c.oid = l.relation
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = %s and l.pid <> pg_backend_pid()
  and l.database = (select oid from pg_database where datname = current_database())
order by a.pid
"""

# Within a transaction PostgreSQL shows sessions as they were when somebody first looked.
_FORGET = "select pg_stat_clear_snapshot()"


class LockHolder(NamedTuple):
    """A session: its process id at the server, its login, the name that its program gave, and its address."""

    pid: int
    login: str
    application: str
    address: str

    def __str__(self) -> str:
        parts = [f"the session with pid {self.pid} of {self.login}"]
        parts += [f"application {self.application!r}"] * bool(self.application)
        parts += [f"from {self.address}"] * bool(self.address)
        return ", ".join(parts)


def relation_holders(connection: Connection, schema: str) -> list[LockHolder]:
    """The other sessions that have, or wait for, a lock of a schema's tables, whoever they are."""
    return [LockHolder(*row) for row in connection.execute(_RELATION_HOLDERS, (schema,)).fetchall()]


def holders(
    connection: Connection,
    condition: str,
    given: Mapping[str, object],
    table: str | None,
    may_write: bool = True,
) -> list[LockHolder]:
    """The other sessions that hold what `condition` selects of pg_locks, of logins that may or may not write.

    To write is to insert into `table`, or, where there is none yet, to create schemas. Raises psycopg's
    errors.
    """
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        connection.execute(_FORGET)
    asked = {**given, "table": table, "may_write": may_write}
    rows = connection.execute(_HOLDERS.format(condition=condition).encode(), asked)
    return [LockHolder(*row) for row in rows.fetchall()]

"""Who holds a lock: the sessions behind it, as an operator finds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

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


class LockHolder(NamedTuple):
    """A session: its process id at the server, its login, the name that its program gave, and its address."""

    pid: int
    login: str
    application: str
    address: str

    def __str__(self) -> str:
        of_program = f", application {self.application!r}" if self.application else ""
        return f"session {self.pid} of {self.login}{of_program}" + (
            f", from {self.address}" if self.address else ""
        )


def holders(
    connection: Connection,
    condition: str,
    given: Mapping[str, object],
    table: str | None,
    may_write: bool = True,
) -> list[LockHolder]:
    """The other sessions that hold what `condition` selects of pg_locks, of logins that may or may not write.

    To write is to insert into `table`, or, where there is none yet, to create schemas. Must be called outside
    of a transaction, where PostgreSQL shows sessions as they were at its start. Raises psycopg's errors.
    """
    asked = {**given, "table": table, "may_write": may_write}
    rows = connection.execute(_HOLDERS.format(condition=condition).encode(), asked)
    return [LockHolder(*row) for row in rows.fetchall()]

"""The roles that may read a view's tables, and the SQL that makes them and grants to them.

They have no login and no privilege but to read. A login that reads is granted them.
"""

from __future__ import annotations

READER = "casecore_reader"
"""Reads what every reader of a view may see."""

INTERNAL_READER = "casecore_internal_reader"
"""Reads the texts of internal messages, and nothing else."""

# A server of somebody else's may forbid to create roles: then it says which one is needed.
_CREATE = """do $$ begin
  if not exists (select from pg_roles where rolname = '{role}') then create role {role} nologin; end if;
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise insufficient_privilege using message = 'permission denied to create the role {role}',
      hint = 'let a login that may create roles do so: create role {role} nologin';
end $$"""

GRANT_SCHEMA = "grant usage on schema {schema} to {role}"
GRANT_SELECT = "grant select on {schema}.{name} to {role}"


def create_role(role: str) -> str:
    """The statement that makes a role, unless it is there."""
    return _CREATE.format(role=role)

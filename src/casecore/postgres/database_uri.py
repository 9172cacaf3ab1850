"""Where a database is, as a text that nobody prints the password of."""

from __future__ import annotations

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_SECRET = ("password", "sslpassword", "oauth_client_secret")


class DatabaseUri(str):
    """A libpq URI or connection string: as it is for who connects, its repr without passwords."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(without_password(self))


def without_password(database: str) -> str:
    """The same database as a connection string without secrets; as it is, if it has none."""
    parts = conninfo_to_dict(database)
    if not any(secret in parts for secret in _SECRET):
        return str(database)
    return make_conninfo("", **{name: value for name, value in parts.items() if name not in _SECRET})

"""SQL that is kept in files beside a module: functions and views of a projection's schema."""

from __future__ import annotations

from importlib.resources import files


def read_sql(package: str, *names: str) -> str:
    """The text of SQL files of a package, one after the other; raises FileNotFoundError."""
    return "\n".join(files(package).joinpath(name).read_text(encoding="utf-8") for name in names)

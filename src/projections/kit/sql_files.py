"""SQL that is kept in files beside a module: functions and views of a projection's schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

_VIEW = re.compile(r"^create view (\w+) as\n(.*?);$", re.MULTILINE | re.DOTALL)


def read_sql(package: str, *names: str) -> str:
    """The text of SQL files of a package, one after the other; raises FileNotFoundError."""
    return "\n".join(files(package).joinpath(name).read_text(encoding="utf-8") for name in names)


def view_queries(package: str, name: str) -> Mapping[str, str]:
    """The query of each view that an SQL file makes, by the view's name.

    It names its tables without a schema. So a query that has tables of these names in its `with` asks the
    same of other rows, such as those that a viewer sees.
    """
    return MappingProxyType(dict(_VIEW.findall(read_sql(package, name))))

"""The service levels' SQL functions and views, as they stand in the files beside this module."""

from __future__ import annotations

from importlib.resources import files

_FILES = ("functions.sql", "views.sql")

VIEWS = "\n".join(files(__package__).joinpath(name).read_text(encoding="utf-8") for name in _FILES)

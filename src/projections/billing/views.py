"""Billing's SQL views, as they stand in views.sql beside this module."""

from __future__ import annotations

from importlib.resources import files

VIEWS = files(__package__).joinpath("views.sql").read_text(encoding="utf-8")

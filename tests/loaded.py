"""Loads what commands need, so that tests/forked.py forks them from a process that has it.

All below the door: the door's own modules look at the environment when they are imported.
"""

import gc
from importlib import import_module
from pkgutil import walk_packages

import rich.progress
import rich.table
import structlog
import typer

import casecore.app
import projections

_LIBRARIES = (rich.progress, rich.table, structlog, typer)

# Typer checks what was typed with pydantic, which it loads when it parses the first option.
import_module("typer._adapters")

for _package in (casecore.app, projections):
    for _module in walk_packages(_package.__path__, f"{_package.__name__}."):
        if not _module.name.endswith("__main__"):
            import_module(_module.name)

# Spare the commands that their garbage collector looks through all of it, and so copies its memory.
gc.collect()
gc.freeze()

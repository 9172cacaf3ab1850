"""`casecore demo`: the whole path once, on servers of its own, which it removes at the end."""

from __future__ import annotations

from casecore.cli.commands.demo.story import demo as demo

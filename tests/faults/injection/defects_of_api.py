"""Defects between a request and the store, which show when a command is given again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from casecore.api.commands import endpoints as commands
from casecore.store.recorder import LogRecorder


def key_not_passed_on() -> None:
    """The Idempotency-Key is asked for and then forgotten: each request is a command of its own."""
    read_given = commands.read_given

    def forgetful(request: Any) -> Any:
        return read_given(request)._replace(command_id=uuid4())

    commands.read_given = forgetful


def receipt_not_looked_up() -> None:
    """A command is decided again, whether or not it has a receipt."""
    load = LogRecorder.load

    def blind(self: LogRecorder, *given: Any, **named: Any) -> Any:
        return load(self, *given, **named)._replace(receipts={})

    LogRecorder.load = blind  # type: ignore[method-assign]


DEFECTS: Mapping[str, Callable[[], None]] = {
    "key-not-passed-on": key_not_passed_on,
    "receipt-not-looked-up": receipt_not_looked_up,
}
"""Each defect: what makes the API have it."""

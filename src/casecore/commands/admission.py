"""Admission of a command: only plain, bounded, well-formed data passes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from casecore.commands.precondition import Precondition
from casecore.contract.envelope import Role
from casecore.decider.command import Command, GivenActor
from casecore.decider.decider import Decider
from casecore.decider.refusal import CommandMalformed

MAX_COMMAND_BYTES = 256 * 1024
"""The longest command, as JSON. A record on Kafka must stay well under its limit of a mebibyte."""

_OF_A_PATTERN = re.compile(r"Expected `str` matching regex '(?P<pattern>.*)'(?P<at>.*?)", re.DOTALL)

CommandT = TypeVar("CommandT", bound=Command)


class SequenceState:
    """Whether a sequence of commands that build on each other has failed; then no more of it is stored."""

    def __init__(self) -> None:
        self.broken = False


class Admitted(NamedTuple, Generic[CommandT]):
    """A command that was read again from its own JSON, and the hash of the JSON of its content.

    `stream_id` is the stream that it is for; `sequence` is None for a single command. `is_ascii`: whether all
    its texts are. `is_from_outside`: whether it came as JSON, so from another program. `precondition`: at
    which versions of the stream it may be decided; None: at any.
    """

    command: CommandT
    content_hash: bytes
    decider: Decider[Any, CommandT]
    stream_id: UUID
    sequence: SequenceState | None = None
    is_ascii: bool = False
    precondition: Precondition | None = None
    is_from_outside: bool = False


class Admission:
    """Reads commands, as structs or as JSON, for the deciders given."""

    def __init__(self, deciders: Sequence[Decider[Any, Any]]) -> None:
        self._decoders: Mapping[type[Command], msgspec.json.Decoder[Any]] = {
            decider.command: msgspec.json.Decoder(decider.command) for decider in deciders
        }
        self._deciders = {decider.command: decider for decider in deciders}
        union: Any = deciders[0].command
        for decider in deciders[1:]:
            union = union | decider.command
        self._any = msgspec.json.Decoder(union)
        self._encoder = msgspec.json.Encoder(order="deterministic")

    def admit(self, command: Command) -> Admitted[Any]:
        """Check a command made in this process; raises CommandMalformed, which says where it is wrong."""
        decoder = self._decoders.get(type(command))
        if decoder is None:
            raise CommandMalformed(f"{type(command).__name__} is not a command of this program")
        return self._admit(self._encode(command), decoder)

    def admit_json(self, raw: bytes) -> Admitted[Any]:
        """Read a command from JSON; raises CommandMalformed, which says where it is wrong."""
        if len(raw) > MAX_COMMAND_BYTES:
            raise CommandMalformed(f"it has {len(raw)} bytes, and may have {MAX_COMMAND_BYTES}")
        admitted = self._admit(self._encode(self._decode(self._any, raw)), self._any)
        return admitted._replace(is_from_outside=True)

    def _admit(self, raw: bytes, decoder: msgspec.json.Decoder[Any]) -> Admitted[Any]:
        if len(raw) > MAX_COMMAND_BYTES:
            raise CommandMalformed(f"it has {len(raw)} bytes, and may have {MAX_COMMAND_BYTES}")
        command: Command = self._decode(decoder, raw)
        if command.on_behalf_of is not None:
            _check_on_behalf(command.actor, command.on_behalf_of)
        at = command.occurred_at
        if at is not None:
            _check_year(at, command.earliest_year)
            if at.tzinfo is not UTC:  # the same instant is the same content
                command = replace(command, occurred_at=_in_utc(at))
                raw = self._encode(command)
        if b"\\u0000" in raw:  # a cheap test; only the texts tell the character from its spelling
            _refuse_nul(msgspec.to_builtins(command))
        decider = self._deciders[type(command)]
        content = command.content()
        hashed = raw if content is command else self._encode(content)
        return Admitted(
            command,
            hashlib.sha256(hashed).digest(),
            decider,
            decider.stream_of(command),
            is_ascii=raw.isascii(),
        )

    def _encode(self, command: Command) -> bytes:
        try:
            return self._encoder.encode(command)
        except UnicodeEncodeError as error:
            raise CommandMalformed(f"it has a lone surrogate at character {error.start} of a text") from None
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise CommandMalformed(str(error)) from None

    def _decode(self, decoder: msgspec.json.Decoder[Any], raw: bytes) -> Any:
        try:
            return decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
            raise CommandMalformed(_in_words(str(error), tuple(self._deciders))) from None
        except RecursionError:
            raise CommandMalformed("it is nested too deep") from None


def _in_words(message: str, commands: tuple[type[Command], ...]) -> str:
    """A message of msgspec, with what a text must be in words in place of the regular expression."""
    found = _OF_A_PATTERN.fullmatch(message)
    if found is None:
        return message
    means = _meanings(commands).get(found["pattern"])
    return message if means is None else f"Expected {means[:1].lower()}{means[1:]}{found['at']}"


@cache
def _meanings(commands: tuple[type[Command], ...]) -> Mapping[str, str]:
    """What each pattern in these commands means, by the pattern as msgspec quotes it."""
    _, components = msgspec.json.schema_components(commands)
    return dict(_described(components))


def _described(schema: object) -> Iterator[tuple[str, str]]:
    match schema:
        case {"pattern": str(pattern), "description": str(means)}:
            yield repr(pattern)[1:-1], means
        case dict():
            for item in schema.values():
                yield from _described(item)
        case list():
            for item in schema:
                yield from _described(item)


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise CommandMalformed(f"occurred_at is {instant.isoformat()}, which no calendar reaches") from None


def _check_on_behalf(actor: GivenActor, on_behalf_of: GivenActor) -> None:
    if actor.role is not Role.SYSTEM:
        raise CommandMalformed(
            "$.on_behalf_of names somebody, and only the system acts on behalf of others: leave it out, the "
            "command is its actor's own"
        )
    if on_behalf_of.role is Role.SYSTEM:
        raise CommandMalformed(
            "$.on_behalf_of names the system: name who asked for it, a customer, seller, vendor or partner"
        )


def _check_year(instant: datetime, earliest_year: int) -> None:
    if instant.year < earliest_year:
        raise CommandMalformed(
            f"occurred_at is {instant.isoformat()}, before {earliest_year}: a typing error"
        )


def _refuse_nul(value: object) -> None:
    for path, text in _texts(value, "$"):
        if "\x00" in text:
            raise CommandMalformed(f"the text at {path} has a NUL character, which cannot be stored")


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield path, value
        case dict():
            for key, item in value.items():
                yield f"{path} (a key)", key
                yield from _texts(item, f"{path}.{key}")
        case list() | tuple():
            for index, item in enumerate(value):
                yield from _texts(item, f"{path}[{index}]")

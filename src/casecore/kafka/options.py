"""The options of Kafka's clients: a properties file with the names that Kafka's own clients give them."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import javaproperties

from casecore.errors.hidden import HiddenText
from casecore.errors.kinds import InvalidInput

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")

KNOWN: Mapping[str, str] = {
    "bootstrap.servers": "host:port,…, where CASECORE_KAFKA does not say it",
    "security.protocol": "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL",
    "sasl.mechanism": "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER",
    "sasl.jaas.config": "user and password as Kafka's own clients have them: "
    '`…LoginModule required username="…" password="…";`',
    "sasl.username": "the user, as kcat and others on librdkafka have it, in place of sasl.jaas.config",
    "sasl.password": "and the password",
    "sasl.oauthbearer.token.endpoint.url": "for OAUTHBEARER, file:///…: a file that holds a token, and that "
    "another program keeps fresh; it is read at each authentication",
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": "PEM file with the certificates of authorities; else the system's count",
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": "PEM file with the client's key and its certificate, then those above it",
    "ssl.key.password": "password of that key, if it has one",
    "ssl.endpoint.identification.algorithm": "https, or nothing: then the server's name is not compared",
}
"""What each key means, in the order of the documentation."""

_JAAS = re.compile(
    r"""\s*(?P<module>[\w.$]+)\s+(required|requisite|sufficient|optional)
        (?P<options>(\s+[\w.]+\s*=\s*("([^"\\]|\\.)*"|[^\s";]+))*)\s*;\s*""",
    re.VERBOSE | re.DOTALL,
)
_JAAS_OPTION = re.compile(r'([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";]+))', re.DOTALL)
_JAAS_MODULES = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "OAUTHBEARER": "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule",
}
_FILE_URL = "file://"


class InvalidKafkaOptions(InvalidInput):
    """The file with the options of Kafka's clients cannot be used; the message names the key, no value."""


class KafkaOptions(NamedTuple):
    """How a client shows who it is, and how it finds out who the server is. Secrets do not show in its repr.

    `mechanism` is empty where the client has no password and no token; `truststore` None means the system's
    authorities.
    """

    protocol: str = "PLAINTEXT"
    mechanism: str = ""
    user: str = ""
    password: HiddenText = HiddenText()
    token_file: Path | None = None
    truststore: Path | None = None
    keystore: Path | None = None
    key_password: HiddenText = HiddenText()
    compares_names: bool = True
    bootstrap: str = ""

    @property
    def encrypts(self) -> bool:
        """Whether the client speaks TLS."""
        return self.protocol.endswith("SSL")

    def tls(self) -> ssl.SSLContext:
        """The certificates as they are in their files now; raises InvalidKafkaOptions."""
        context = ssl.create_default_context()
        context.check_hostname = self.compares_names
        if self.truststore is not None:
            context = _trusting(self.truststore, self.compares_names)
        if self.keystore is not None:
            _load_key(context, self.keystore, self.key_password)
        return context


def read_options(file: Path) -> KafkaOptions:
    """The options in a properties file, in UTF-8.

    Raises InvalidKafkaOptions, which names the file and the key, for what cannot be read, is unknown, is
    missing, or contradicts something else; and for certificates that cannot be used.
    """
    values = _read(file)
    protocol = _one_of(file, values, "security.protocol", PROTOCOLS, "PLAINTEXT")
    _check_fit(file, values, protocol)
    for store in ("ssl.truststore", "ssl.keystore"):
        _check_store(file, values, store)
    name_check = values.get("ssl.endpoint.identification.algorithm", "https")
    if name_check not in ("https", ""):
        raise _invalid(file, "ssl.endpoint.identification.algorithm", "takes https, or nothing")
    options = KafkaOptions(
        protocol=protocol,
        truststore=_path(values, "ssl.truststore.location"),
        keystore=_path(values, "ssl.keystore.location"),
        key_password=HiddenText(values.get("ssl.key.password", "")),
        compares_names=name_check == "https",
        bootstrap=values.get("bootstrap.servers", ""),
    )
    if protocol.startswith("SASL"):
        options = _with_login(file, values, options)
    if options.encrypts:
        options.tls()
    return options


def _read(file: Path) -> dict[str, str]:
    try:
        text = file.read_text(encoding="utf-8")
        pairs: list[tuple[str, str]] = javaproperties.loads(text, object_pairs_hook=list)
    except OSError as error:
        raise InvalidKafkaOptions(
            f"CASECORE_KAFKA_OPTIONS names {file}, which cannot be read: {error.strerror}"
        ) from None
    except ValueError:  # its words quote the line
        raise InvalidKafkaOptions(
            f"CASECORE_KAFKA_OPTIONS names {file}, which is not a properties file in UTF-8"
        ) from None
    values: dict[str, str] = {}
    for key, value in pairs:
        if key not in KNOWN:
            raise _invalid(file, key, f"is not known; these are: {', '.join(KNOWN)}")
        if key in values:
            raise _invalid(file, key, "is there twice")
        values[key] = value.strip()
    return values


def _invalid(file: Path, key: str, what: str) -> InvalidKafkaOptions:
    """Never with a value: a password may stand where something else belongs."""
    return InvalidKafkaOptions(f"{file}: {key[:120]!a} {what}")


def _one_of(
    file: Path, values: Mapping[str, str], key: str, words: tuple[str, ...], default: str = ""
) -> str:
    value = values.get(key, default)
    if value not in words:
        raise _invalid(file, key, f"takes {', '.join(words[:-1])} or {words[-1]}")
    return value


def _path(values: Mapping[str, str], key: str) -> Path | None:
    return Path(values[key]).absolute() if values.get(key) else None


def _check_store(file: Path, values: Mapping[str, str], store: str) -> None:
    # Kafka's own default is a keystore of Java, so nobody is left to guess what a file is.
    if f"{store}.location" in values and values.get(f"{store}.type") != "PEM":
        raise _invalid(
            file, f"{store}.type", f"must be PEM beside {store}.location: other forms are not read"
        )
    if f"{store}.location" not in values and f"{store}.type" in values:
        raise _invalid(file, f"{store}.location", f"is missing beside {store}.type")


def _check_fit(file: Path, values: Mapping[str, str], protocol: str) -> None:
    """A key that has no effect would leave somebody believing that it has one."""
    for key in values:
        if key.startswith("sasl.") and not protocol.startswith("SASL"):
            fitting = "SASL_SSL" if protocol == "SSL" else "SASL_PLAINTEXT or SASL_SSL"
            raise _invalid(file, key, f"has no effect with security.protocol={protocol}: it takes {fitting}")
        if key.startswith("ssl.") and not protocol.endswith("SSL"):
            fitting = "SASL_SSL" if protocol == "SASL_PLAINTEXT" else "SSL or SASL_SSL"
            raise _invalid(file, key, f"has no effect with security.protocol={protocol}: it takes {fitting}")


def _with_login(file: Path, values: Mapping[str, str], options: KafkaOptions) -> KafkaOptions:
    mechanism = _one_of(file, values, "sasl.mechanism", MECHANISMS)
    given = _jaas(file, values, mechanism)
    if mechanism == "OAUTHBEARER":
        return options._replace(mechanism=mechanism, token_file=_token_file(file, values))
    if "sasl.oauthbearer.token.endpoint.url" in values:
        raise _invalid(file, "sasl.oauthbearer.token.endpoint.url", f"has no effect with {mechanism}")
    for key, word in (("sasl.username", "username"), ("sasl.password", "password")):
        if key in values and given is not None:
            raise _invalid(file, key, "and sasl.jaas.config say the same: keep one of them")
        if not (values.get(key) if given is None else given.get(word)):
            raise _invalid(file, key, f"is missing, which {mechanism} needs, or {word} in sasl.jaas.config")
    user, password = (
        (values["sasl.username"], values["sasl.password"])
        if given is None
        else (given["username"], given["password"])
    )
    return options._replace(mechanism=mechanism, user=user, password=HiddenText(password))


def _token_file(file: Path, values: Mapping[str, str]) -> Path:
    key = "sasl.oauthbearer.token.endpoint.url"
    url = values.get(key, "")
    if not url.startswith(f"{_FILE_URL}/"):
        raise _invalid(
            file, key, "must be file:///… with OAUTHBEARER: a file with a token, kept fresh by others"
        )
    for unused in ("sasl.username", "sasl.password"):
        if unused in values:
            raise _invalid(file, unused, "has no effect with OAUTHBEARER")
    token_file = Path(url.removeprefix(_FILE_URL))
    read_token(token_file)
    return token_file


def read_token(file: Path) -> HiddenText:
    """The token that the file holds now; raises InvalidKafkaOptions where there is none."""
    try:
        token = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        token = ""
    if not token:
        raise InvalidKafkaOptions(
            f"sasl.oauthbearer.token.endpoint.url names {file}, which cannot be read or holds no token"
        )
    return HiddenText(token)


def _jaas(file: Path, values: Mapping[str, str], mechanism: str) -> dict[str, str] | None:
    """The options in sasl.jaas.config; None where it is not there."""
    if "sasl.jaas.config" not in values:
        return None
    found = _JAAS.fullmatch(values["sasl.jaas.config"])
    module = _JAAS_MODULES[mechanism]
    if found is None or found["module"] != module:
        form = (
            f'{module} required username="…" password="…";'
            if "OAUTH" not in module
            else f"{module} required;"
        )
        raise _invalid(file, "sasl.jaas.config", f"with {mechanism} takes: {form}")
    return {
        name: re.sub(r"\\(.)", r"\1", quoted) if quoted or not plain else plain
        for name, quoted, plain in _JAAS_OPTION.findall(found["options"])
    }


def _trusting(authorities: Path, compares_names: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = compares_names
    try:
        context.load_verify_locations(authorities)
    except OSError as error:  # ssl.SSLError is one
        raise InvalidKafkaOptions(
            f"ssl.truststore.location names {authorities}, from which no certificate can be read: "
            f"{_words(error)}; it takes a PEM file"
        ) from None
    return context


def _load_key(context: ssl.SSLContext, keystore: Path, password: HiddenText) -> None:
    try:
        # Without a password OpenSSL would ask for one on the terminal.
        context.load_cert_chain(keystore, password=lambda: password)
    except OSError as error:
        raise InvalidKafkaOptions(
            f"ssl.keystore.location names {keystore}, from which key and certificate cannot be read: "
            f"{_words(error)}; it takes a PEM file with both, and ssl.key.password if the key has one"
        ) from None


def _words(error: OSError) -> str:
    reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
    return str(reason).replace("_", " ").lower()

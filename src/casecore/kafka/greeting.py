"""What a listener makes of a client, asked step by step, where the library only says that it got nowhere."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import NamedTuple

from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import (
    ClientCertificateRefused,
    ClientCertificateWanted,
    ClusterUnusable,
    MechanismUnknown,
    NobodyListens,
    PasswordUnwanted,
    PasswordWanted,
    PasswordWrong,
    ServerCertificateExpired,
    ServerCertificateOfAnother,
    ServerCertificateUntrusted,
    TlsUnknown,
    TlsWanted,
)
from casecore.kafka.options import KafkaOptions
from casecore.kafka.sasl_wire import Handshake, is_taken, shake_hands
from casecore.kafka.settings import connection

_LIMIT_SECONDS = 1.0
_DEFAULT_PORT = 9092
# Errors of Kafka's protocol.
_UNSUPPORTED_MECHANISM, _ILLEGAL_SASL_STATE = 33, 34
# X509_V_ERR_… of OpenSSL's x509_vfy.h.
_TOO_EARLY, _EXPIRED = 9, 10
_OTHER_NAME = (62, 64)
_OF_CERTIFICATES = ("certificate", "unknown ca", "handshake failure", "access denied")


class _Address(NamedTuple):
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def greet(cluster: Cluster, limit_seconds: float = _LIMIT_SECONDS) -> None:
    """Return if some server of the cluster takes the client up to its password, or does not say.

    The other addresses may be down, and one server knows them all. Raises the ClusterUnusable of one that
    answers, else NobodyListens; and InvalidKafkaOptions.
    """
    options = cluster.options()
    found: list[ClusterUnusable] = []
    for address in _addresses(cluster.bootstrap):
        try:
            _greet(address, cluster, options, limit_seconds)
        except ClusterUnusable as unusable:
            found.append(unusable)
        else:
            return
    raise next((one for one in found if not isinstance(one, NobodyListens)), _nobody(cluster))


def _nobody(cluster: Cluster) -> NobodyListens:
    return NobodyListens(
        f"nobody listens at {cluster.bootstrap}: start Kafka there, or say in CASECORE_KAFKA where it is"
    )


def is_listening(cluster: Cluster) -> bool:
    """Whether somebody listens at one of the addresses."""
    for address in _addresses(cluster.bootstrap):
        with suppress(OSError):
            socket.create_connection(address, timeout=1).close()
            return True
    return False


def _addresses(bootstrap: str) -> list[_Address]:
    return [_address(one.strip()) for one in bootstrap.split(",") if one.strip()]


def _address(text: str) -> _Address:
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]") or not port.isdecimal():
        return _Address(text.strip("[]"), _DEFAULT_PORT)
    return _Address(host.strip("[]"), int(port))


def _greet(address: _Address, cluster: Cluster, options: KafkaOptions, limit_seconds: float) -> None:
    answer: Handshake | None = None
    with closing(_connected(address, limit_seconds)) as line:
        try:
            with _spoken(line, address, options) as spoken:
                answer = shake_hands(spoken, options.mechanism)
                _check_handshake(address, options, answer)
                if options.mechanism and not is_taken(spoken, connection(cluster)):
                    raise password_wrong(cluster)
        except TimeoutError:
            return  # it may be busy, or frozen: nothing is known of its security
        except ssl.SSLError as error:
            # TLS 1.3 tells of a client's certificate only in answer to what is said first.
            _raise_alert(error, address, options)
        except (OSError, ValueError):
            pass
    if answer is not None:
        return
    if options.encrypts and _speaks_plain_text(address, limit_seconds):
        raise _tls_unknown(address, options)
    if not options.encrypts and _speaks_tls(address, limit_seconds):
        raise TlsWanted(
            f"{address} wants TLS, and was asked in plain text: set security.protocol=SSL in the file that "
            "CASECORE_KAFKA_OPTIONS names, or SASL_SSL if it wants a password, too"
        )


def _connected(address: _Address, limit_seconds: float) -> socket.socket:
    try:
        return socket.create_connection(address, timeout=limit_seconds)
    except (OSError, OverflowError) as error:
        raise NobodyListens(f"nobody listens at {address}") from error


@contextmanager
def _spoken(line: socket.socket, address: _Address, options: KafkaOptions) -> Iterator[socket.socket]:
    """The line as the options speak on it: in plain text, or in TLS with a server that is trusted."""
    if not options.encrypts:
        yield line
        return
    try:
        encrypted = options.tls().wrap_socket(line, server_hostname=address.host.rstrip("."))
    except ssl.SSLCertVerificationError as error:
        raise _certificate_error(error, address) from error
    with closing(encrypted):
        yield encrypted


def _certificate_error(error: ssl.SSLCertVerificationError, address: _Address) -> ClusterUnusable:
    words = error.verify_message
    if error.verify_code in (_TOO_EARLY, _EXPIRED):
        return ServerCertificateExpired(
            f"the certificate of {address} is not valid now ({words}): let it be renewed there; if it is "
            "new, set this machine's clock"
        )
    if error.verify_code in _OTHER_NAME:
        return ServerCertificateOfAnother(
            f"the certificate of {address} is for another server ({words}): name the server in "
            "CASECORE_KAFKA as its certificate does, or let it have one for this name"
        )
    return ServerCertificateUntrusted(
        f"the certificate of {address} is signed by nobody who is trusted here ({words}): name in "
        "ssl.truststore.location a PEM file with the certificate of the authority that signed it"
    )


def _tls_unknown(address: _Address, options: KafkaOptions) -> TlsUnknown:
    plain = "SASL_PLAINTEXT" if options.mechanism else "PLAINTEXT"
    return TlsUnknown(
        f"{address} does not speak TLS, which security.protocol={options.protocol} asks for: name in "
        f"CASECORE_KAFKA the port of the listener that does, or set security.protocol={plain}"
    )


def _raise_alert(error: ssl.SSLError, address: _Address, options: KafkaOptions) -> None:
    """Raise what an alert of the server says of the client's certificate, if it is about that."""
    words = (error.reason or "").partition("ALERT_")[2].replace("_", " ").lower()
    if not any(word in words for word in _OF_CERTIFICATES):
        return
    if options.keystore is None:
        raise ClientCertificateWanted(
            f"{address} wants a certificate of its clients ({words}): name in ssl.keystore.location a PEM "
            "file with a key and a certificate that it takes"
        ) from error
    raise ClientCertificateRefused(
        f"{address} does not take the certificate in {options.keystore} ({words}): give one that is valid, "
        "and signed by an authority that the server trusts"
    ) from error


def _speaks_plain_text(address: _Address, limit_seconds: float) -> bool:
    try:
        with closing(socket.create_connection(address, timeout=limit_seconds)) as line:
            shake_hands(line, "")
    except (OSError, ValueError):
        return False
    return True


def _speaks_tls(address: _Address, limit_seconds: float) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is said to it
    try:
        with closing(socket.create_connection(address, timeout=limit_seconds)) as line:
            context.wrap_socket(line, server_hostname=address.host).close()
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")
    except OSError:
        return False
    return True


def _check_handshake(address: _Address, options: KafkaOptions, answer: Handshake) -> None:
    words = ", ".join(sorted(answer.taken))
    secure = "SASL_SSL" if options.encrypts else "SASL_PLAINTEXT"
    if answer.code == _ILLEGAL_SASL_STATE and options.mechanism:
        raise PasswordUnwanted(
            f"{address} takes no passwords and no tokens: set security.protocol="
            f"{'SSL' if options.encrypts else 'PLAINTEXT'}, or name in CASECORE_KAFKA the port of a listener "
            "that does"
        )
    if answer.code == _UNSUPPORTED_MECHANISM and options.mechanism:
        raise MechanismUnknown(
            f"{address} does not take sasl.mechanism={options.mechanism}; it takes: {words}"
        )
    if answer.code == _UNSUPPORTED_MECHANISM:
        raise PasswordWanted(
            f"{address} wants to know who asks ({words}): name in CASECORE_KAFKA_OPTIONS a file with "
            f"security.protocol={secure}, sasl.mechanism, sasl.username and sasl.password"
        )


def password_wrong(cluster: Cluster) -> PasswordWrong:
    """That the cluster does not take the login in the options, and what to do."""
    options = cluster.options()
    if options.token_file is not None:
        return PasswordWrong(
            f"Kafka at {cluster} does not take the token in {options.token_file}: let it be renewed, by an "
            "issuer that the server trusts"
        )
    return PasswordWrong(
        f"Kafka at {cluster} does not know the user {options.user!r} with this password "
        f"({options.mechanism}): set sasl.username and sasl.password, or sasl.jaas.config, in "
        f"{cluster.options_file} as they are on the server"
    )

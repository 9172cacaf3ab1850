"""Each setting of a client meets each kind of listener: it is let in, or hears what to do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest
from kafka.admin import ConfigResource, KafkaAdminClient

from casecore.kafka import errors as e
from casecore.kafka.admin import cluster_id, describe_topics
from casecore.kafka.cluster import Cluster
from casecore.kafka.greeting import greet
from casecore.kafka.reader import committed_reader
from casecore.kafka.settings import connection
from casecore.relay.published_topics import create_topics
from tests.security.secured_kafka import SecuredKafka, password_of
from tests.waiting import wait_until

TLS = {"security.protocol": "SSL"}
OptionsOf: TypeAlias = Callable[[SecuredKafka], dict[str, str]]


class Row(NamedTuple):
    """A listener, a client's options, and what it must hear: nothing, or an error with these words."""

    listener: str
    options: OptionsOf
    error: type[e.ClusterUnusable] | None = None
    words: str = ""


def jaas(module: str, user: str = "admin") -> str:
    return (
        f"org.apache.kafka.common.security.{module}LoginModule required "
        f'username="{user}" password="{password_of(user)}";'
    )


def client(kafka: SecuredKafka, **changed: str) -> dict[str, str]:
    """With a certificate of its own."""
    file = str(kafka.authority.sign("client"))
    store = {"ssl.keystore.type": "PEM", "ssl.keystore.location": file}
    return {
        **TLS,
        **kafka.trust(),
        **store,
        **{key.replace("_", "."): value for key, value in changed.items()},
    }


def bearer(kafka: SecuredKafka, valid_seconds: int = 3_600) -> dict[str, str]:
    token = kafka.token("admin", valid_seconds=valid_seconds)
    key = "sasl.oauthbearer.token.endpoint.url"
    return {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "OAUTHBEARER",
        key: f"file://{token}",
        **kafka.trust(),
    }


def wrong(login: dict[str, str]) -> dict[str, str]:
    return {**login, "sasl.password": "not-the-5ecret"}


ROWS = {
    "plain text": Row("plain", lambda _: {}),
    "plain text, said": Row("plain", lambda _: {"security.protocol": "PLAINTEXT"}),
    "TLS": Row("tls", lambda k: {**TLS, **k.trust()}),
    "TLS, another name allowed": Row(
        "other", lambda k: {**TLS, **k.trust(), "ssl.endpoint.identification.algorithm": ""}
    ),
    "a certificate of the client": Row("mutual", client),
    "its key with a password": Row(
        "mutual",
        lambda k: client(
            k,
            ssl_keystore_location=str(k.authority.sign("client", password="key-5ecret")),
            ssl_key_password="key-5ecret",
        ),
    ),
    "PLAIN": Row("password", lambda k: k.login("PLAIN")),
    "SCRAM-SHA-256": Row("password", lambda k: k.login("SCRAM-SHA-256")),
    "SCRAM-SHA-512": Row("password", lambda k: k.login("SCRAM-SHA-512")),
    "PLAIN, as Kafka's clients say it": Row(
        "password",
        lambda _: {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "PLAIN",
            "sasl.jaas.config": jaas("plain.Plain"),
        },
    ),
    "SCRAM over TLS, as Kafka's clients say it": Row(
        "both",
        lambda k: {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.jaas.config": jaas("scram.Scram"),
            **k.trust(),
        },
    ),
    "PLAIN over TLS": Row("both", lambda k: k.login("PLAIN", encrypted=True)),
    "a token": Row("both", bearer),
    "TLS is wanted": Row("tls", lambda _: {}, e.TlsWanted, "security.protocol=SSL"),
    "TLS is wanted, and a password": Row("both", lambda k: k.login("PLAIN"), e.TlsWanted, "SASL_SSL"),
    "TLS is not spoken": Row(
        "plain", lambda k: {**TLS, **k.trust()}, e.TlsUnknown, "security.protocol=PLAINTEXT"
    ),
    "TLS is not spoken, a password is wanted": Row(
        "password", lambda k: k.login("PLAIN", encrypted=True), e.TlsUnknown, "=SASL_PLAINTEXT"
    ),
    "an untrusted certificate": Row(
        "tls",
        lambda k: {**TLS, **k.trust(k.stranger)},
        e.ServerCertificateUntrusted,
        "ssl.truststore.location",
    ),
    "a certificate that the system does not trust": Row(
        "tls", lambda _: TLS, e.ServerCertificateUntrusted, "ssl.truststore.location"
    ),
    "an expired certificate": Row(
        "expired", lambda k: {**TLS, **k.trust()}, e.ServerCertificateExpired, "expired"
    ),
    "a certificate for another name": Row(
        "other", lambda k: {**TLS, **k.trust()}, e.ServerCertificateOfAnother, "localhost"
    ),
    "a client's certificate is wanted": Row(
        "mutual", lambda k: {**TLS, **k.trust()}, e.ClientCertificateWanted, "ssl.keystore.location"
    ),
    "a client's certificate of a stranger": Row(
        "mutual",
        lambda k: client(k, ssl_keystore_location=str(k.stranger.sign("client"))),
        e.ClientCertificateRefused,
        "signed by an authority",
    ),
    "a client's certificate that has expired": Row(
        "mutual",
        lambda k: client(k, ssl_keystore_location=str(k.authority.sign("client", valid_days=-1))),
        e.ClientCertificateRefused,
        "valid",
    ),
    "a password is wanted": Row("password", lambda _: {}, e.PasswordWanted, "SCRAM-SHA-512"),
    "a password is wanted over TLS": Row(
        "both", lambda k: {**TLS, **k.trust()}, e.PasswordWanted, "security.protocol=SASL_SSL"
    ),
    "no password is taken": Row("plain", lambda k: k.login("PLAIN"), e.PasswordUnwanted, "PLAINTEXT"),
    "no password is taken over TLS": Row(
        "tls", lambda k: k.login("PLAIN", encrypted=True), e.PasswordUnwanted, "protocol=SSL"
    ),
    "another mechanism": Row(
        "password",
        lambda k: {**bearer(k), "security.protocol": "SASL_PLAINTEXT"},
        e.MechanismUnknown,
        "it takes: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512",
    ),
    "a wrong password, PLAIN": Row("password", lambda k: wrong(k.login("PLAIN")), e.PasswordWrong, "'admin'"),
    "a wrong password, SCRAM": Row(
        "password", lambda k: wrong(k.login("SCRAM-SHA-512")), e.PasswordWrong, "'admin'"
    ),
    "a wrong password over TLS": Row(
        "both", lambda k: wrong(k.login("SCRAM-SHA-256", encrypted=True)), e.PasswordWrong, "'admin'"
    ),
    "an unknown user": Row(
        "password", lambda k: k.login("SCRAM-SHA-512", "stranger"), e.PasswordWrong, "'stranger'"
    ),
    "a token that has expired": Row("both", lambda k: bearer(k, -60), e.PasswordWrong, "token-"),
}


def fitting(options: dict[str, str]) -> dict[str, str]:
    """Without what has no effect, which would be refused."""
    if "SSL" in options.get("security.protocol", ""):
        return options
    return {key: value for key, value in options.items() if not key.startswith("ssl.")}


@pytest.mark.parametrize("name", ROWS)
def test_a_client_is_let_in_or_hears_what_to_do(name: str, secured_kafka: SecuredKafka) -> None:
    row = ROWS[name]
    cluster = secured_kafka.cluster(row.listener, fitting(row.options(secured_kafka)))
    started_at = time.monotonic()
    if row.error is None:
        assert cluster_id(cluster, 20)
        with closing(committed_reader(cluster)) as reader:
            assert reader.assignment() == []
        return
    with pytest.raises(row.error) as refused:
        cluster_id(cluster, 20)
    said = str(refused.value)
    assert type(refused.value) is row.error
    assert row.words in said
    assert cluster.bootstrap in said
    assert "5ecret" not in said + repr(refused.value)
    # At once, and not after the library's limits
    assert time.monotonic() - started_at < 10


def test_each_error_of_a_connection_has_a_row() -> None:
    of_rules = {e.NotAuthorised, e.NobodyListens}
    assert {row.error for row in ROWS.values() if row.error} == {
        *e.ClusterUnusable.__subclasses__()
    } - of_rules


def test_nobody_listens(secured_kafka: SecuredKafka) -> None:
    with pytest.raises(e.NobodyListens, match=r"nobody listens at 127\.0\.0\.1:1: start Kafka there"):
        cluster_id(Cluster("127.0.0.1:1"), 5)


def test_one_of_several_servers_is_enough_and_what_one_says_counts_more_than_silence(
    secured_kafka: SecuredKafka,
) -> None:
    good = secured_kafka.cluster("password", secured_kafka.login("PLAIN"))
    greet(good._replace(bootstrap=f"127.0.0.1:1,{good.bootstrap}"))
    bad = secured_kafka.cluster("password", wrong(secured_kafka.login("PLAIN")))
    with pytest.raises(e.PasswordWrong):
        greet(bad._replace(bootstrap=f"127.0.0.1:1,{bad.bootstrap}"))


def test_a_client_without_rights_hears_what_it_may_not(secured_kafka: SecuredKafka) -> None:
    nobody = secured_kafka.as_user("nobody")
    with pytest.raises(e.NotAuthorised, match=r"the user nobody .* of the topic \(none\.cases\)"):
        describe_topics(nobody, ["none.cases"])
    with pytest.raises(e.NotAuthorised, match="the user nobody"):
        create_topics(nobody, "none", 1)


def test_a_certificate_is_rotated_under_clients_that_go_on(secured_kafka: SecuredKafka) -> None:
    # Given a client of long ago, which trusts one authority by a file
    trusted = secured_kafka.folder / "trusted.pem"
    trusted.write_bytes(secured_kafka.authority.file.read_bytes())
    options = {**TLS, "ssl.truststore.type": "PEM", "ssl.truststore.location": str(trusted)}
    cluster = secured_kafka.cluster("tls", options)
    with KafkaAdminClient(**connection(cluster)) as admin:
        # When the server gets a certificate of another authority,
        serve(secured_kafka, str(secured_kafka.stranger.sign("broker", "localhost", "127.0.0.1")))
        wait_until(lambda: is_untrusted(cluster), "the new certificate is served", 60)
        # and the file has both authorities, then a new client, and the old one by its next connection, go on
        with trusted.open("ab") as both:
            both.write(secured_kafka.stranger.file.read_bytes())
        greet(cluster)
        for line in list(admin._manager._conns.values()):
            line.close()
        assert admin.describe_cluster()["cluster_id"] == cluster_id(cluster, 20)


def serve(kafka: SecuredKafka, keystore: str) -> None:
    admin_options = connection(kafka.cluster("password", kafka.login("PLAIN")))
    with KafkaAdminClient(**admin_options) as admin:
        setting = {"listener.name.tls.ssl.keystore.location": keystore}
        admin.alter_configs([ConfigResource("BROKER", "1", setting)], raise_on_unknown=False)


def is_untrusted(cluster: Cluster) -> bool:
    try:
        greet(cluster)
    except e.ServerCertificateUntrusted:
        return True
    return False


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (lambda k: wrong(k.login("PLAIN")), "does not know the user 'admin' with this password"),
        (lambda k: k.login("PLAIN", "nobody"), "does not allow the user nobody"),
        (lambda k: {**k.login("PLAIN"), "sasl.pasword": "5ecret"}, "'sasl.pasword' is not known; these are:"),
        (lambda k: {**k.login("PLAIN"), "ssl.truststore.type": "5ecret"}, "has no effect"),
    ],
)
def test_a_command_says_what_is_wrong_and_no_secret(
    options: OptionsOf, words: str, secured_kafka: SecuredKafka, tmp_path: Path
) -> None:
    cluster = secured_kafka.cluster("password", options(secured_kafka))
    settings = {
        "CASECORE_HOME": str(tmp_path),
        "CASECORE_DATABASE": "postgresql://casecore:5ecret@127.0.0.1:1/none",
        "CASECORE_KAFKA": cluster.bootstrap,
        "CASECORE_KAFKA_OPTIONS": str(cluster.options_file),
    }
    command = [sys.executable, "-m", "casecore.cli", "topics", "create"]
    done = subprocess.run(
        command, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    said = " ".join((done.stdout + done.stderr).split())
    assert words in said
    assert "5ecret" not in said
    assert done.returncode == (2 if "sasl.pasword" in said or "no effect" in said else 4)


def test_no_password_is_in_the_log_of_the_broker(secured_kafka: SecuredKafka) -> None:
    assert "5ecret" not in secured_kafka.log()

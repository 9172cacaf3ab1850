"""The file with the options of Kafka's clients: read as Kafka's own read it, or refused with advice."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from casecore.app.settings import InvalidSetting, read_settings
from casecore.kafka.cluster import Cluster
from casecore.kafka.options import KNOWN, InvalidKafkaOptions, KafkaOptions, read_options
from casecore.kafka.settings import connection
from tests.security.certificates import Authority

LOGIN = "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


def written(folder: Path, text: str) -> Path:
    file = folder / "client.properties"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "user", "password"),
    [
        ("sasl.username=ida\nsasl.password=5ecret", "ida", "5ecret"),
        ("# a comment\n! one more\nsasl.username : ida\nsasl.password 5e\\\n   cret\n", "ida", "5ecret"),
        ("sasl.username=ida\nsasl.password=\\u00fc\\=ü", "ida", "ü=ü"),
        (f'sasl.jaas.config={PLAIN} required username="ida" password="5ecret";', "ida", "5ecret"),
        (f"sasl.jaas.config={PLAIN} required \\\n username=ida \\\n password=5ecret ;", "ida", "5ecret"),
        (rf'sasl.jaas.config={PLAIN} required username="i;a" password="5\\"e\\\\c";', "i;a", '5"e\\c'),
    ],
)
def test_user_and_password_are_read_in_both_forms(
    text: str, user: str, password: str, tmp_path: Path
) -> None:
    options = read_options(written(tmp_path, LOGIN + text))
    assert (options.user, str(options.password)) == (user, password)
    # They are what the client gets, and what nothing shows
    cluster = Cluster("127.0.0.1:1", tmp_path / "client.properties")
    settings = connection(cluster)
    assert (settings["sasl_plain_username"], settings["sasl_plain_password"]) == (user, password)
    assert password not in f"{options!r}{cluster!r}{settings!r}"


def test_without_a_file_a_client_speaks_plain_text() -> None:
    assert Cluster("127.0.0.1:1").options() == KafkaOptions()
    assert connection(Cluster("127.0.0.1:1"))["security_protocol"] == "PLAINTEXT"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("security.protocol=TLS", "'security.protocol' takes PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"),
        ("sasl.user=5ecret", "'sasl.user' is not known; these are: bootstrap.servers, security.protocol,"),
        ("5ecret", "is not known"),
        ("security.protocol=SSL\nsecurity.protocol=SSL", "is there twice"),
        ("sasl.password=5ecret", "has no effect with security.protocol=PLAINTEXT"),
        ("security.protocol=SSL\nsasl.mechanism=PLAIN", "it takes SASL_SSL"),
        (LOGIN + "ssl.truststore.type=PEM", "it takes SASL_SSL"),
        ("security.protocol=SASL_SSL\nsasl.mechanism=GSSAPI", "takes PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or"),
        ("security.protocol=SASL_SSL", "'sasl.mechanism' takes"),
        (LOGIN + "sasl.password=5ecret", "'sasl.username' is missing"),
        (LOGIN + "sasl.username=ida", "'sasl.password' is missing"),
        (LOGIN + "sasl.jaas.config=5ecret", f"with PLAIN takes: {PLAIN} required username="),
        (LOGIN + f'sasl.jaas.config={PLAIN} required username="ida";', "'sasl.password' is missing"),
        (
            LOGIN + f'sasl.username=ida\nsasl.jaas.config={PLAIN} required username="a" password="5ecret";',
            "keep one of them",
        ),
        ("security.protocol=SSL\nssl.truststore.location=/a.jks", "'ssl.truststore.type' must be PEM"),
        ("security.protocol=SSL\nssl.keystore.type=PEM", "'ssl.keystore.location' is missing"),
        (
            "security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location=/none.pem",
            "/none.pem, from which no certificate can be read: no such file",
        ),
        ("security.protocol=SSL\nssl.endpoint.identification.algorithm=none", "takes https, or nothing"),
        (
            "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=OAUTHBEARER\n"
            "sasl.oauthbearer.token.endpoint.url=https://issuer/token",
            "must be file:///",
        ),
        (
            "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=OAUTHBEARER\n"
            "sasl.oauthbearer.token.endpoint.url=file:///none",
            "/none, which cannot be read or holds no token",
        ),
        ("sasl.password=\\u5ecret", "not a properties file"),
    ],
)
def test_what_is_wrong_is_named_without_its_value(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidKafkaOptions) as wrong:
        read_options(written(tmp_path, text))
    assert words in str(wrong.value)
    # A key that is not known may be a password on a line of its own: it is shown as the key that it is.
    assert "5ecret" not in str(wrong.value).replace("'5ecret'", "")


def test_a_key_with_a_password_needs_it(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    keystore = authority.sign("client", password="5ecret")
    text = f"security.protocol=SSL\nssl.keystore.type=PEM\nssl.keystore.location={keystore}\n"
    assert read_options(written(tmp_path, f"{text}ssl.key.password=5ecret")).keystore == keystore
    for password in ("", "ssl.key.password=other"):
        with pytest.raises(InvalidKafkaOptions, match="key and certificate cannot be read"):
            read_options(written(tmp_path, text + password))


def test_a_file_without_a_key_is_refused(tmp_path: Path) -> None:
    only = Authority(tmp_path, "authority").file
    text = f"security.protocol=SSL\nssl.keystore.type=PEM\nssl.keystore.location={only}\n"
    with pytest.raises(InvalidKafkaOptions, match=r"ssl\.keystore\.location names .*a PEM file with both"):
        read_options(written(tmp_path, text))


def test_the_settings_name_the_file_and_the_servers(tmp_path: Path) -> None:
    file = written(tmp_path, f"bootstrap.servers=a:1,b:2\n{LOGIN}sasl.username=ida\nsasl.password=5ecret\n")
    read = read_settings({"CASECORE_KAFKA_OPTIONS": str(file)})
    assert (read.kafka, read.kafka_options) == ("a:1,b:2", file)
    read = read_settings({"CASECORE_KAFKA_OPTIONS": str(file), "CASECORE_KAFKA": "c:3"})
    assert read.kafka == "c:3"
    with pytest.raises(InvalidKafkaOptions, match="which cannot be read: No such file"):
        read_settings({"CASECORE_KAFKA_OPTIONS": str(tmp_path / "none"), "CASECORE_KAFKA": "c:3"})
    with pytest.raises(InvalidSetting, match="CASECORE_KAFKA_OPTIONS is set, and CASECORE_KAFKA is not"):
        read_settings({"CASECORE_KAFKA_OPTIONS": str(written(tmp_path, "security.protocol=SSL"))})


def test_each_key_is_documented() -> None:
    page = Path("docs/operating.md").read_text(encoding="utf-8")
    for key, meaning in KNOWN.items():
        assert f"| `{key}` | {meaning} |" in page


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://ida:5ecret@[::1/db",
        "postgresql://ida:5%zecret@host/db",
        "host=here password='5ecret",
        "5ecret=",
        "postgresql://ida@host/db?password=5ecret&5ecret",
        "host=here 5ecret",
        "postgresql://ida:5ecret\udcff@host/db",
    ],
)
def test_a_database_that_cannot_be_read_is_not_shown(uri: str) -> None:
    with pytest.raises(InvalidSetting) as wrong:
        read_settings({"CASECORE_DATABASE": uri})
    assert "ecret" not in str(wrong.value)
    assert "CASECORE_DATABASE is not" in str(wrong.value)


def test_settings_with_a_password_do_not_show_it() -> None:
    read = read_settings({"CASECORE_DATABASE": "postgresql://ida:5ecret@here/cases", "CASECORE_KAFKA": "a:1"})
    assert read.database == "postgresql://ida:5ecret@here/cases"
    assert "5ecret" not in repr(read)
    assert "host=here" in repr(read)


def test_the_addresses_that_are_kept_are_their_owners(tmp_path: Path) -> None:
    from casecore.app.addresses import Addresses, find_addresses, keep_addresses

    read = read_settings({"CASECORE_HOME": str(tmp_path)})
    kept = Addresses("postgresql://ida:5ecret@here/cases", "a:1", "/a/client.properties")
    keep_addresses(tmp_path, kept)
    assert stat.S_IMODE((tmp_path / "addresses.json").stat().st_mode) == 0o600
    assert find_addresses(read) == kept
    assert "5ecret" not in repr(find_addresses(read))
    # An earlier version has kept none of Kafka's options
    (tmp_path / "addresses.json").write_text('["postgresql:///casecore", "a:1"]')
    assert find_addresses(read).cluster == Cluster("a:1")

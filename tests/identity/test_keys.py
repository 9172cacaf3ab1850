"""Keys: made once, known until they are revoked or expire, and of use to nobody who reads the file."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.identity.errors import InvalidKeyFile, KeyNotFound, NotAuthenticated, SystemIsNotGiven
from casecore.identity.identity import Scope
from casecore.identity.key_file import KeyFile
from casecore.identity.keys import KnownKeys, new_key, revoked

IDA = GivenActor(person="ida", organisation="nord", role=Role.SELLER)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def file(tmp_path):
    return KeyFile(tmp_path / "keys.json")


def test_who_shows_a_key_is_the_one_it_was_made_for():
    made = new_key(IDA, [Scope.AGENT, Scope.ANALYST], NOW)
    found = KnownKeys([made.key]).identify(made.text, NOW)
    assert (found.actor, found.scopes, found.shown_by) == (IDA, {Scope.AGENT, Scope.ANALYST}, made.key.id)
    assert found.has(Scope.AGENT)
    assert not found.has(Scope.OPERATOR)


def test_a_key_has_256_random_bits_of_which_the_file_has_none(file):
    made = [new_key(IDA, [Scope.AGENT], NOW) for _ in range(50)]
    assert len({one.text.rpartition("_")[0] for one in made}) == 50
    secret = made[0].text.split("_", 2)[2]
    assert len(secret) == 43  # 256 bits, six in a character
    file.change(lambda keys: (*keys, made[0].key))
    assert secret not in file.path.read_text()


@given(text=st.text(max_size=70) | st.from_regex(r"casecore_[0-9A-Z]{8}_[A-Za-z0-9_-]{43}", fullmatch=True))
def test_nobody_is_known_by_anything_else(text):
    keys = [new_key(IDA, [Scope.AGENT], NOW).key for _ in range(2)]
    with pytest.raises(NotAuthenticated, match="not known here"):
        KnownKeys(keys).identify(text, NOW)


def test_a_secret_is_of_no_use_under_another_keys_id():
    mine, other = new_key(IDA, [Scope.AGENT], NOW), new_key(IDA, [Scope.OPERATOR], NOW)
    mixed = f"casecore_{other.key.id}_{mine.text.split('_', 2)[2]}"
    with pytest.raises(NotAuthenticated, match="not known here"):
        KnownKeys([mine.key, other.key]).identify(mixed, NOW)


@pytest.mark.parametrize(
    ("later", "says"),
    [(DAY - timedelta(microseconds=1), None), (DAY, "has expired"), (30 * DAY, "has expired")],
)
def test_a_key_expires(later, says):
    made = new_key(IDA, [Scope.AGENT], NOW, expires_at=NOW + DAY)
    if says is None:
        assert KnownKeys([made.key]).identify(made.text, NOW + later).actor == IDA
        return
    with pytest.raises(NotAuthenticated, match=says):
        KnownKeys([made.key]).identify(made.text, NOW + later)


def test_a_key_is_revoked_at_once_and_for_good(file):
    # Given a server that knows a key
    made = new_key(IDA, [Scope.AGENT], NOW)
    operators = KeyFile(file.path)
    operators.change(lambda keys: (*keys, made.key))
    assert file.identify(made.text, NOW).actor == IDA
    # When it is revoked, twice
    for later in (DAY, 2 * DAY):
        operators.change(lambda keys, at=NOW + later: tuple(revoked(keys, made.key.id, at)))
    # Then the server does not take it any more, and it was revoked the first time
    with pytest.raises(NotAuthenticated, match="was revoked"):
        file.identify(made.text, NOW + 3 * DAY)
    assert [key.revoked_at for key in file.read().all] == [NOW + DAY]


def test_a_key_that_is_not_there_cannot_be_revoked(file):
    with pytest.raises(KeyNotFound, match="There is no key 7K3M92QF"):
        file.change(lambda keys: tuple(revoked(keys, "7K3M92QF", NOW)))
    assert not file.path.exists()


def test_the_system_has_no_key():
    with pytest.raises(SystemIsNotGiven, match="given to nobody"):
        new_key(GivenActor(person="x", organisation="casecore", role=Role.SYSTEM), [Scope.AGENT], NOW)


def test_nobody_else_may_read_the_file(file):
    file.change(lambda keys: (*keys, new_key(IDA, [Scope.AGENT], NOW).key))
    assert file.path.stat().st_mode & 0o777 == 0o600
    file.path.chmod(0o640)
    with pytest.raises(InvalidKeyFile, match=r"chmod 600 .*keys\.json"):
        file.read()


def test_keys_that_are_made_at_once_are_all_kept(file):
    def add(_):
        KeyFile(file.path).change(lambda keys: (*keys, new_key(IDA, [Scope.AGENT], NOW).key))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert len(file.read().all) == 40


def test_a_file_that_is_none_is_named(file):
    file.path.write_text("{")
    file.path.chmod(0o600)
    with pytest.raises(InvalidKeyFile, match=r"keys\.json is not a file of keys"):
        file.read()


def test_without_a_file_nobody_is_known(file):
    with pytest.raises(NotAuthenticated):
        file.identify(new_key(IDA, [Scope.AGENT], NOW).text, NOW)

"""Over HTTP: who shows nothing good is nobody, wherever it shows it, and hears no more than that."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from starlette.requests import Request

from casecore.api.authentication import Authentication
from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.identity import keys
from casecore.identity.errors import NotAuthenticated
from casecore.identity.identity import Scope
from casecore.identity.key_file import KeyFile
from casecore.identity.keys import KnownKeys, new_key, revoked
from tests.identity.forging import BAD, EC, ED, NOW, RSA, Server, signed
from tests.waiting import wait_until

GOOD = signed()
IDA = GivenActor(person="ida", organisation="nord", role=Role.SELLER)
BEARER = "Authorization"


@pytest.fixture
def file(tmp_path):
    return KeyFile(tmp_path / "keys.json")


@pytest.fixture
def server():
    return Server(RSA, EC, ED)


@pytest.fixture
def door(api_for, file, server, monkeypatch):
    """The API without a database: who asks is known before anything else is."""
    monkeypatch.setattr("casecore.api.authentication.time", SimpleNamespace(time=lambda: NOW))
    return api_for(server.tokens(), keys=file)


def asked(door, *headers, path="/v1/cases", **other):
    """The answer to a command without an Idempotency-Key: 400 for one who is known, and may give it."""
    given = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers]
    return door.post(path, headers=given, **{"json": {}, **other})


def assert_nobody(answer):
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    problem = answer.json()
    assert problem["code"] == "not_authenticated"
    assert len(problem["detail"]) < 400
    assert not {"organisation", "details"} & problem.keys()


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_token_is_nobodys(door, bad):
    make, _ = BAD[bad]
    assert_nobody(asked(door, (BEARER, f"Bearer {make()}")))


def test_a_good_one_is_known_whatever_the_letters_of_the_scheme(door):
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert asked(door, ("aUTHORIZATION", f"{scheme} {GOOD}")).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ((BEARER, GOOD),),
        ((BEARER, f"Token {GOOD}"),),
        ((BEARER, f"Bearer\t{GOOD}"),),
        ((BEARER, f"Bearer  {GOOD}"),),
        ((BEARER, f"Bearer {GOOD} {GOOD}"),),
        ((BEARER, f"Bearer {GOOD}, Bearer {GOOD}"),),
        ((BEARER, f"\u212aearer {GOOD}"),),
        (("Proxy-Authorization", f"Bearer {GOOD}"),),
        (("X-Forwarded-Authorization", f"Bearer {GOOD}"), ("X-Forwarded-User", "ida")),
        (("Cookie", f"Authorization=Bearer {GOOD}; access_token={GOOD}"),),
    ],
)
def test_a_good_one_counts_in_one_header_only(door, headers):
    assert_nobody(asked(door, *headers))


@pytest.mark.parametrize("other", [f"Bearer {GOOD}", "Basic aWRhOmlkYQ=="])
def test_two_headers_are_refused_whoever_they_name(door, other):
    assert asked(door, (BEARER, f"Bearer {GOOD}"), (BEARER, other)).status_code == 400


def test_a_good_one_does_not_count_in_a_path_or_a_body(door):
    assert_nobody(asked(door, path=f"/v1/cases?access_token={GOOD}"))
    assert_nobody(asked(door, data={"access_token": GOOD}, json=None))
    assert_nobody(asked(door, json={"access_token": GOOD, "actor": {"role": "system"}}))


def test_an_issuer_that_is_slow_keeps_nobody_waiting_whose_key_is_known(door, server):
    good, unknown = (BEARER, f"Bearer {GOOD}"), (BEARER, f"Bearer {signed(header={'kid': 'new'})}")
    assert asked(door, good).status_code == 400
    server.seconds += 60
    # Given an issuer that takes its time, and more who wait for it than there are threads that may
    server.slow.clear()
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(asked, door, unknown) for _ in range(8)]
        wait_until(lambda: server.asked == 3, "the issuer is asked again")
        # Then one whose key is known is answered meanwhile
        assert asked(door, good).status_code == 400
        assert not any(one.done() for one in waiting)
        server.slow.set()
        assert {one.result().status_code for one in waiting} == {401}
    assert server.asked == 4


# Keys


def made(file, expires_at=None):
    """A new key of Ida's, as a header."""
    new = new_key(IDA, [Scope.AGENT], datetime.now(UTC), expires_at)
    KeyFile(file.path).change(lambda known: (*known, new.key))
    return new.key, (BEARER, f"Bearer {new.text}")


def test_a_key_that_is_revoked_is_taken_no_more_from_the_next_request_on(door, file):
    (key, shown), (_, others) = made(file), made(file)
    assert asked(door, shown).status_code == 400
    # When an operator revokes it, beside the server that runs
    KeyFile(file.path).change(lambda known: tuple(revoked(known, key.id, datetime.now(UTC))))
    answer = asked(door, shown)
    assert_nobody(answer)
    assert "was revoked" in answer.json()["detail"]
    assert asked(door, others).status_code == 400


def test_a_key_is_taken_from_this_machine_only_unless_it_is_said_otherwise(file):
    _, (name, value) = made(file)

    def identified(peer, authentication):
        headers = [(name.lower().encode(), value.encode())]
        request = Request({"type": "http", "headers": headers, "client": (peer, 50_000)})
        return asyncio.run(authentication.identify(request))

    assert identified("127.0.0.1", Authentication(file, None)).actor == IDA
    with pytest.raises(NotAuthenticated, match="from this machine only"):
        identified("203.0.113.9", Authentication(file, None))
    assert identified("203.0.113.9", Authentication(file, None, keys_from_anywhere=True)).actor == IDA


def test_keys_are_looked_up_once_for_the_requests_of_a_moment_and_again_for_one_that_comes_later(
    file, monkeypatch
):
    looks, read = [], KeyFile.read
    monkeypatch.setattr(KeyFile, "read", lambda self: (looks.append(self), read(self))[1])
    key, (name, value) = made(file)
    looks.clear()
    request = Request({"type": "http", "headers": [(name.lower().encode(), value.encode())]})
    authentication = Authentication(file, None, keys_from_anywhere=True)

    async def asking():
        # Given requests that have arrived: the file is looked at once for all of them
        await asyncio.gather(*(authentication.identify(request) for _ in range(5)))
        assert looks == [file]
        # When one more is known, its key is revoked in the same moment, and then another arrives
        await authentication.identify(request)
        KeyFile(file.path).change(lambda known: tuple(revoked(known, key.id, datetime.now(UTC))))
        later = asyncio.create_task(authentication.identify(request))
        # Then that one is not taken
        with pytest.raises(NotAuthenticated, match="was revoked"):
            await later

    asyncio.run(asking())


def test_a_key_that_expires_is_taken_no_more(door, file):
    now = datetime.now(UTC)
    _, soon = made(file, now + timedelta(days=1))
    _, past = made(file, now - timedelta(seconds=1))
    assert asked(door, soon).status_code == 400
    assert "has expired" in asked(door, past).json()["detail"]


def test_without_the_file_of_keys_nobody_is_known_by_one(door, file):
    _, shown = made(file)
    assert asked(door, shown).status_code == 400
    file.path.unlink()
    assert_nobody(asked(door, shown))


def test_a_file_of_keys_that_others_may_read_or_nobody_understands_is_the_installations_fault(door, file):
    _, shown = made(file)
    good = file.path.read_bytes()
    for text, mode in ((good, 0o644), (good, 0o620), (b"{", 0o600), (b'{"keys": [{}]}', 0o600)):
        file.path.write_bytes(text)
        file.path.chmod(mode)
        for header in (shown, (BEARER, "Bearer casecore_00000000_" + "x" * 43)):
            answer = asked(door, header)
            assert (answer.status_code, answer.json()["code"]) == (503, "keys_unavailable")
            assert answer.headers["Retry-After"]
            assert str(file.path) not in answer.text
            assert file.path.name not in answer.text
        # Tokens go on
        assert asked(door, (BEARER, f"Bearer {GOOD}")).status_code == 400
    # When the operator has put it right
    file.path.write_bytes(good)
    file.path.chmod(0o600)
    assert asked(door, shown).status_code == 400


@pytest.mark.parametrize("count", [1, 5, 500])
def test_how_long_a_look_for_a_key_takes_says_nothing_of_those_that_there_are(monkeypatch, count):
    made = [new_key(IDA, [Scope.AGENT], datetime.now(UTC)) for _ in range(count)]
    known = KnownKeys(one.key for one in made)
    compared = []
    compare = keys.hmac.compare_digest
    monkeypatch.setattr(
        keys, "hmac", SimpleNamespace(compare_digest=lambda *two: compared.append(two) or compare(*two))
    )
    stranger = new_key(IDA, [Scope.AGENT], datetime.now(UTC)).text
    same_id = f"casecore_{made[-1].key.id}_{stranger.rpartition('_')[2]}"
    same_secret = f"casecore_00000000_{made[-1].text.split('_', 2)[2]}"
    for shown in ("", "casecore_", stranger, same_id, same_secret, made[0].text[:-1]):
        compared.clear()
        with pytest.raises(keys.NotAuthenticated):
            known.identify(shown, datetime.now(UTC))
        # One fingerprint is compared, whole, and one id, whether or not a key has what was shown
        assert [len(kept) for kept, _ in compared] == [64, 8]
        assert len(compared[0][1]) == 64
    for one in made:
        compared.clear()
        known.identify(one.text, datetime.now(UTC))
        assert [kept for kept, _ in compared] == [one.key.sha256, one.key.id]

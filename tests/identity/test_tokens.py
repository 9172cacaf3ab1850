"""Tokens: those of the issuer, for us, now, are taken; nothing else is, whoever made it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey

from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.decider.ids import fault_of_id
from casecore.identity.errors import InvalidIssuerFile, IssuerUnavailable, NotAuthenticated
from casecore.identity.identity import Scope
from casecore.identity.issuer import Claims, IssuerKeys, read_issuer
from tests.identity.forging import (
    BAD,
    CLAIMS,
    EC,
    ED,
    EVIL,
    HEAD,
    ISSUER,
    NOW,
    RSA,
    Server,
    signed,
    signed_text,
)
from tests.waiting import wait_until


@pytest.fixture
def server():
    return Server(RSA, EC, ED)


@pytest.mark.parametrize(
    ("key", "alg"), [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256"), (ED, "Ed25519"), (ED, "EdDSA")]
)
def test_a_token_says_who_its_bearer_is(server, key, alg):
    found = server.tokens().identify(signed(key, alg), NOW)
    assert found.actor == GivenActor(person="ida", organisation="nord", role=Role.SELLER)
    assert found.scopes == {Scope.AGENT, Scope.ANALYST}
    assert found.shown_by == "back-office"


def test_a_mapping_says_under_which_claims_and_words(server):
    claims = Claims(organisation="org", person="email", role="as", scopes="groups")
    tokens = server.tokens(claims=claims, scopes={"desk": Scope.AGENT, "books": Scope.ACCOUNTANT})
    own = {"org": "sued", "email": "udo@example.com", "as": "partner", "groups": ["books", "agent", 7]}
    found = tokens.identify(signed(organisation=None, role=None, scope=None, **own), NOW)
    assert found.actor == GivenActor(person="udo@example.com", organisation="sued", role=Role.PARTNER)
    assert found.scopes == {Scope.ACCOUNTANT}


@pytest.mark.parametrize(
    "form",
    [
        {"aud": ["payroll", "casecore"]},
        {"typ": "application/AT+JWT"},
        {"header": {"x5t": "9d1f", "nonce": "of the issuer's own"}},  # RFC 7515, 4: ignored
        {"exp": NOW - 29},  # clocks differ
        {"exp": NOW + 0.5, "nbf": NOW + 29, "iat": NOW - 1.5},
        {"scope": ["agent", "analyst"]},
        {"scope": " agent  analyst agent root"},
        {"organisation": "nord", "amr": [], "cnf": None, "nested": {"role": "vendor"}},
    ],
    ids=str,
)
def test_what_issuers_do_in_different_ways_is_taken(server, form):
    found = server.tokens().identify(signed(**form), NOW)
    assert found.actor == GivenActor(person="ida", organisation="nord", role=Role.SELLER)
    assert found.scopes == {Scope.AGENT, Scope.ANALYST}


@pytest.mark.parametrize(
    "scope", [None, "", "AGENT", "agent,analyst", "agent\u00a0x", {"agent": 1}, 7, ["agent x"]]
)
def test_a_scope_that_is_no_word_of_ours_lets_do_nothing(server, scope):
    assert server.tokens().identify(signed(scope=scope), NOW).scopes == frozenset()


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_token_says_nothing(server, bad):
    make, says = BAD[bad]
    with pytest.raises(NotAuthenticated, match=says) as found:
        server.tokens().identify(make(), NOW)
    assert len(str(found.value)) < 400


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["RS256"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(["alg", "kid", "typ", "crit", "cty", "iss", "aud", "exp", "nbf", "iat", "jti", "sub"])
OURS = st.sampled_from(["client_id", "organisation", "role", "scope", "zip", "enc", "url"])


@given(
    header=st.dictionaries(NAMES | OURS, ODD, max_size=3),
    claims=st.dictionaries(NAMES | OURS, ODD, max_size=3),
)
def test_whatever_an_issuer_signs_is_an_identity_or_is_not_taken(header, claims):
    text = signed_text(json.dumps({**HEAD, **header}).encode(), json.dumps({**CLAIMS, **claims}).encode())
    try:
        found = Server(RSA).tokens().identify(text, NOW)
    except NotAuthenticated:
        return
    assert found.actor.role is not Role.SYSTEM
    assert fault_of_id(found.actor.organisation) is fault_of_id(found.actor.person) is None


def test_a_new_key_of_the_issuer_is_fetched_at_most_once_a_minute(server):
    # Given an issuer that knows one key, and another one later
    server.keys = [RSA.as_dict(private=False)]
    tokens = server.tokens()
    tokens.identify(signed(), NOW)
    asked = server.asked
    server.keys.append(EC.as_dict(private=False))
    # When tokens of unknown keys come again and again within a minute
    for _ in range(50):
        with pytest.raises(NotAuthenticated, match="does not have"):
            tokens.identify(signed(EC, "ES256"), NOW)
    # Then it is not asked
    assert server.asked == asked
    # and after the minute, once
    server.seconds += 60
    assert tokens.identify(signed(EC, "ES256"), NOW).actor.person == "ida"
    assert server.asked == asked + 2  # where the keys are, and the keys


def test_while_the_issuer_is_down_the_known_keys_are_good(server):
    tokens = server.tokens()
    tokens.identify(signed(), NOW)
    server.is_down = True
    server.seconds += 3_600
    # Whether it has another key by now, nobody can tell
    with pytest.raises(IssuerUnavailable, match="send it again later"):
        tokens.identify(signed(header={"kid": "new"}), NOW)
    assert tokens.identify(signed(), NOW).actor.organisation == "nord"
    # When it is there again, it says so
    server.is_down = False
    server.seconds += 60
    with pytest.raises(NotAuthenticated, match="does not have"):
        tokens.identify(signed(header={"kid": "new"}), NOW)


def test_a_key_that_the_issuer_withdraws_is_soon_taken_no_more(server):
    tokens = server.tokens()
    tokens.identify(signed(), NOW)
    server.keys = [EC.as_dict(private=False)]
    server.seconds += 599
    assert not tokens.keys.are_due()
    server.seconds += 1
    assert tokens.keys.are_due()
    tokens.keys.refresh()
    with pytest.raises(NotAuthenticated, match="does not have"):
        tokens.identify(signed(), NOW)


def test_while_the_issuer_is_asked_those_whose_key_is_known_go_on(server):
    tokens = server.tokens()
    tokens.identify(signed(), NOW)
    server.seconds += 60
    with ThreadPoolExecutor(3) as pool:
        # Given an issuer that is slow to answer
        server.slow.clear()
        asking = [
            pool.submit(tokens.identify, signed(EC, "ES256", header={"kid": "ec-2"}), NOW) for _ in "ab"
        ]
        wait_until(lambda: server.asked == 3, "the issuer is asked")
        # Then one waits for it only if its key is not known
        assert not tokens.needs_issuer(signed())
        assert tokens.identify(signed(), NOW).actor.person == "ida"
        assert tokens.needs_issuer(signed(header={"kid": "ec-2"}))
        server.keys.append({**EC.as_dict(private=False), "kid": "ec-2"})
        server.slow.set()
        # and both hear what it said to one of them
        assert [found.result().actor.person for found in asking] == ["ida", "ida"]
    assert server.asked == 4


def test_an_id_may_stand_for_keys_of_several_kinds(server):
    other = ECKey.generate_key("P-521", {"kid": "rsa-1"})
    server.keys = [other.as_dict(private=False), {**EC.as_dict(private=False), "kid": "rsa-1"}, *server.keys]
    for key, alg in ((RSA, "RS256"), (EC, "ES256"), (other, "ES512")):
        found = server.tokens().identify(signed(key, alg, header={"kid": "rsa-1"}), NOW)
        assert found.actor.person == "ida"


def test_without_any_key_nobody_can_be_known_and_that_is_not_their_fault(server):
    server.is_down = True
    with pytest.raises(IssuerUnavailable):
        server.tokens().identify(signed(), NOW)


def test_keys_that_do_not_sign_or_cannot_be_read_keep_no_other_from_being_known(server):
    secret = OctKey.generate_key(256, {"kid": "rsa-1"}).as_dict(private=True)
    encrypts = {**EC.as_dict(private=False), "use": "enc"}
    odd = [
        "key",
        None,
        {"kty": ["RSA"], "kid": 1},
        {"kty": "EC", "kid": "ec-1", "crv": 7, "x": [], "y": None},
    ]
    server.keys = [secret, encrypts, {"kty": "RSA", "kid": "rsa-1"}, *odd, *server.keys]
    assert server.tokens().identify(signed(), NOW).actor.person == "ida"


@pytest.mark.parametrize(
    "said", [{}, {"issuer": "https://evil.example.com"}, {"issuer": ISSUER, "jwks_uri": EVIL}]
)
@pytest.mark.parametrize("keys", [None, 7, {"keys": None}, {"keys": "abc"}, {"keys": {"a": 1}}])
def test_an_issuer_that_answers_something_else_is_as_one_that_does_not_answer(said, keys):
    def get(address):
        return {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys", **said} if "well-known" in address else keys

    keys_of = IssuerKeys(ISSUER, lambda: 0.0, get)
    with pytest.raises(IssuerUnavailable):
        keys_of.with_id("rsa-1")


def test_the_file_of_the_issuer_is_read(tmp_path):
    file = tmp_path / "issuer.toml"
    file.write_text(f'issuer = "{ISSUER}"\naudience = "casecore"\n[claims]\nperson = "email"\n')
    found = read_issuer(file)
    assert (found.issuer, found.audience, found.claims) == (ISSUER, "casecore", Claims(person="email"))
    assert found.scopes["agent"] is Scope.AGENT


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('issuer = "http://login.example.com"\naudience = "c"\n', "begins with https"),
        ('issuer = "https://login.example.com"\n', "audience"),
        ('issuer = "https://a.example.com"\naudience = "c"\nsecret = "x"\n', "secret"),
        ("issuer =", "end of document"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path, text, says):
    file = tmp_path / "issuer.toml"
    file.write_text(text)
    with pytest.raises(InvalidIssuerFile, match=says):
        read_issuer(file)

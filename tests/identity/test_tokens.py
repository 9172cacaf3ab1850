"""Tokens: those of the issuer, for us, now, are taken; nothing else is, whoever made it."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from casecore.contract.envelope import Role
from casecore.decider.command import GivenActor
from casecore.identity.errors import InvalidIssuerFile, IssuerUnavailable, NotAuthenticated
from casecore.identity.identity import Scope
from casecore.identity.issuer import Claims, Issuer, IssuerKeys, read_issuer
from casecore.identity.tokens import Tokens

ISSUER = "https://login.example.com"
NOW = 1_772_442_000
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed-1"})
CLAIMS = {
    "iss": ISSUER,
    "aud": "casecore",
    "sub": "ida",
    "client_id": "back-office",
    "iat": NOW - 10,
    "exp": NOW + 300,
    "organisation": "nord",
    "role": "seller",
    "scope": "openid agent analyst",
}


class Server:
    """What the issuer answers, and how often it was asked."""

    def __init__(self, *keys):
        self.keys = [key.as_dict(private=False) for key in keys]
        self.asked = 0
        self.seconds = 0.0
        self.is_down = False

    def get(self, address):
        self.asked += 1
        if self.is_down:
            raise ValueError("it is down")
        if address.endswith("/.well-known/openid-configuration"):
            return {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
        return {"keys": self.keys}

    def tokens(self, **about):
        return Tokens(Issuer(ISSUER, "casecore", **about), IssuerKeys(ISSUER, lambda: self.seconds, self.get))


@pytest.fixture
def server():
    return Server(RSA, EC, ED)


def signed(key=RSA, alg="RS256", typ="at+jwt", header=(), **claims):
    """A token of the issuer's; a claim of None is left out."""
    left = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    head = {"alg": alg, "kid": key.kid, "typ": typ, **dict(header)}
    return jwt.encode({n: v for n, v in head.items() if v is not None}, left, key, algorithms=[alg])


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256"), (ED, "Ed25519")])
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


def unsigned():
    return f"{_encoded({'alg': 'none', 'typ': 'at+jwt', 'kid': 'rsa-1'})}.{_encoded(CLAIMS)}."


def confused():
    """Signed with what the issuer publishes, as if it were a secret."""
    text = f"{_encoded({'alg': 'HS256', 'typ': 'at+jwt', 'kid': 'rsa-1'})}.{_encoded(CLAIMS)}"
    code = hmac.digest(RSA.as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{urlsafe_b64encode(code).rstrip(b'=').decode()}"


def altered():
    head, _, signature = signed().split(".")
    return f"{head}.{_encoded({**CLAIMS, 'role': 'vendor'})}.{signature}"


def _encoded(part):
    return urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


STRANGER = RSAKey.generate_key(2048, {"kid": "rsa-1"})
BAD = {
    "no signature": (unsigned, "not allowed|none"),
    "the public key taken for a secret": (confused, "cannot be taken"),
    "another body under the signature": (altered, "cannot be taken"),
    "another's key under the kid": (lambda: signed(STRANGER), "cannot be taken"),
    "an algorithm of another kind of key": (
        lambda: signed(EC, "ES256", header={"kid": "rsa-1"}),
        "cannot be",
    ),
    "a kid that the issuer lacks": (lambda: signed(header={"kid": "../../etc/passwd"}), "does not have"),
    "no kid": (lambda: signed(header={"kid": None}), "kid"),
    "an ID token": (lambda: signed(typ="JWT"), "not an access token"),
    "no typ": (lambda: signed(typ=None), "not an access token"),
    "a key's address": (lambda: signed(header={"jku": "https://evil.example.com/keys"}), "key of its own"),
    "a certificate's address": (
        lambda: signed(header={"x5u": "https://evil.example.com/"}),
        "key of its own",
    ),
    "a key": (lambda: signed(header={"jwk": ED.as_dict(private=False)}), "key of its own"),
    "another issuer": (lambda: signed(iss="https://login.example.com.evil.org"), "iss"),
    "another audience": (lambda: signed(aud="payroll"), "aud"),
    "no audience": (lambda: signed(aud=None), "aud"),
    "expired": (lambda: signed(exp=NOW - 31), "expired"),
    "no expiry": (lambda: signed(exp=None), "exp"),
    "not yet": (lambda: signed(nbf=NOW + 31), "not yet valid"),
    "no client": (lambda: signed(client_id=None), "client_id"),
    "a role that is none": (lambda: signed(role="admin"), "claim role is none of"),
    "the system": (lambda: signed(role="system"), "claim role is none of"),
    "no organisation": (lambda: signed(organisation=None), "no text as its claim organisation"),
    "an organisation that nobody sees": (lambda: signed(organisation="no\u200brd"), "not an id|nobody sees"),
    "a person that is a list": (lambda: signed(sub=["ida"]), "cannot be taken"),
    "not a token": (lambda: "casecore.casecore", "cannot be taken"),
    "not in ASCII": (lambda: "é.é.é", "cannot be taken"),
    "16 MB": (lambda: "e" * 16_000_000, "longer than"),
    "deep": (lambda: urlsafe_b64encode(b"[" * 5_000).decode() + ".e.e", "cannot be taken"),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_token_says_nothing(server, bad):
    make, says = BAD[bad]
    with pytest.raises(NotAuthenticated, match=says) as found:
        server.tokens().identify(make(), NOW)
    assert len(str(found.value)) < 400


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
    with pytest.raises(NotAuthenticated, match="does not have"):
        tokens.identify(signed(header={"kid": "new"}), NOW)
    assert tokens.identify(signed(), NOW).actor.organisation == "nord"


def test_without_any_key_nobody_can_be_known_and_that_is_not_their_fault(server):
    server.is_down = True
    with pytest.raises(IssuerUnavailable):
        server.tokens().identify(signed(), NOW)


def test_keys_that_do_not_sign_or_cannot_be_read_keep_no_other_from_being_known(server):
    secret = OctKey.generate_key(256, {"kid": "rsa-1"}).as_dict(private=True)
    encrypts = {**EC.as_dict(private=False), "use": "enc"}
    server.keys = [secret, encrypts, {"kty": "RSA", "kid": "rsa-1"}, *server.keys]
    assert server.tokens().identify(signed(), NOW).actor.person == "ida"


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

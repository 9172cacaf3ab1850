"""An issuer of tokens without a network, its tokens, and what others may try in place of them."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from threading import Event

from joserfc import jwe
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from casecore.identity.issuer import IssuerKeys, TrustedIssuer
from casecore.identity.tokens import Tokens
from tests.waiting import LIMIT_SECONDS

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
        self.slow = Event()
        """Its answers come when this is set."""
        self.slow.set()

    def get(self, address):
        self.asked += 1
        assert self.slow.wait(LIMIT_SECONDS)
        if self.is_down:
            raise ValueError("it is down")
        if address.endswith("/.well-known/openid-configuration"):
            return {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
        return {"keys": self.keys}

    def tokens(self, **about):
        return Tokens(
            TrustedIssuer(ISSUER, "casecore", **about), IssuerKeys(ISSUER, lambda: self.seconds, self.get)
        )


def signed(key=RSA, alg="RS256", typ="at+jwt", header=(), **claims):
    """A token of the issuer's; a claim or header of None is left out."""
    head = {"alg": alg, "kid": key.kid, "typ": typ, **dict(header)}
    return signed_text(_json(_given(head)), _json(_given({**CLAIMS, **claims})), key, alg)


def signed_text(header, payload, key=RSA, alg="RS256"):
    """A token with this header and payload, as bytes, whatever they are."""
    text = f"{_encoded(header)}.{_encoded(payload)}"
    return f"{text}.{_encoded(JWSRegistry.algorithms[alg].sign(text.encode(), key))}"


HEAD = {"alg": "RS256", "typ": "at+jwt", "kid": "rsa-1"}
HEADER = json.dumps(HEAD).encode()


def paid(text, **claims):
    """A token whose payload is that of CLAIMS, with this text before its end."""
    return signed_text(HEADER, _json({**CLAIMS, **claims})[:-1] + text + b"}")


def headed(text):
    """A token whose header has this text before its end."""
    return signed_text(HEADER[:-1] + text + b"}", _json(CLAIMS))


def _unsigned(alg="none"):
    return f"{_encoded(_json({'alg': alg, 'typ': 'at+jwt', 'kid': 'rsa-1'}))}.{_encoded(_json(CLAIMS))}."


def _confused():
    """Signed with what the issuer publishes, as if it were a secret."""
    text = _unsigned("HS256")[:-1]
    return f"{text}.{_encoded(hmac.digest(RSA.as_pem(private=False), text.encode(), 'sha256'))}"


def _altered():
    head, _, signature = signed().split(".")
    return f"{head}.{_encoded(_json({**CLAIMS, 'role': 'vendor'}))}.{signature}"


def _encrypted():
    head = {"alg": "dir", "enc": "A256GCM", "typ": "at+jwt", "cty": "JWT", "kid": "rsa-1"}
    return jwe.encrypt_compact(head, signed(), OctKey.generate_key(256))


def _given(part):
    return {name: value for name, value in part.items() if value is not None}


def _json(part):
    return json.dumps(part).encode()


def _encoded(part):
    return urlsafe_b64encode(part).rstrip(b"=").decode()


STRANGER = RSAKey.generate_key(2048, {"kid": "rsa-1"})
EVIL = "https://evil.example.com/keys"
OF_THE_SIGNATURE = {
    "no signature": (_unsigned, "not allowed|none"),
    "no signature, in other letters": (lambda: _unsigned("nOnE"), "not allowed"),
    "the public key taken for a secret": (_confused, "cannot be taken"),
    "another body under the signature": (_altered, "cannot be taken"),
    "another's key under the kid": (lambda: signed(STRANGER), "cannot be taken"),
    "an algorithm of another kind of key": (
        lambda: signed(EC, "ES256", header={"kid": "rsa-1"}),
        "cannot be",
    ),
    "an algorithm that is a list": (lambda: headed(b',"alg":["RS256"]'), "given twice"),
    "no algorithm": (lambda: signed(header={"alg": None}), "not allowed"),
    "a kid that the issuer lacks": (lambda: signed(header={"kid": "../../etc/passwd"}), "does not have"),
    "a kid for a database": (lambda: signed(header={"kid": "x' union select 'secret'--"}), "does not have"),
    "a kid with an end": (lambda: signed(header={"kid": "rsa-1\0"}), "does not have"),
    "a kid in capitals": (lambda: signed(header={"kid": "RSA-1"}), "does not have"),
    "a long kid": (lambda: signed(header={"kid": "k" * 5_000}), "does not have"),
    "two kids": (lambda: headed(b',"kid":"rsa-1"'), "given twice"),
    "a kid that is a list": (lambda: signed(header={"kid": ["rsa-1"]}), "kid"),
    "a kid that is a number": (lambda: signed(header={"kid": 1}), "kid"),
    "no kid": (lambda: signed(header={"kid": None}), "kid"),
    "a key's address": (lambda: signed(header={"jku": EVIL}), "key of its own"),
    "a certificate's address": (lambda: signed(header={"x5u": EVIL}), "key of its own"),
    "a key": (lambda: signed(header={"jwk": ED.as_dict(private=False)}), "key of its own"),
    "a certificate": (lambda: signed(header={"x5c": ["MIIB"]}), "key of its own"),
    "an extension": (lambda: signed(header={"crit": ["exp"], "exp": NOW}), r"not known here \(crit\)"),
    "no extension": (lambda: signed(header={"crit": []}), r"not known here \(crit\)"),
    "a payload as it is": (lambda: signed(header={"b64": False}), r"not known here \(b64\)"),
    "an ID token": (lambda: signed(typ="JWT"), "not an access token"),
    "a logout token": (lambda: signed(typ="logout+jwt"), "not an access token"),
    "no typ": (lambda: signed(typ=None), "not an access token"),
    "types": (lambda: signed(typ=["at+jwt"]), "not an access token"),
}
"""What is wrong with how a token is signed: how it is made, and what is said of it."""

OF_THE_FORM = {
    "not a token": (lambda: "casecore.casecore", "cannot be taken"),
    "a header that is a list": (lambda: signed_text(b"[]", _json(CLAIMS)), "not an object"),
    "a header that is a text": (lambda: signed_text(b'"at+jwt"', _json(CLAIMS)), "not an object"),
    "claims that are a list": (lambda: signed_text(HEADER, b"[]"), "cannot be taken"),
    "claims that are none": (lambda: signed_text(HEADER, b"null"), "cannot be taken"),
    "claims not in UTF-8": (lambda: signed_text(HEADER, b'{"sub":"\xff"}'), "cannot be taken"),
    "a token in a token": (lambda: signed_text(HEADER, signed().encode()), "cannot be taken"),
    "an encrypted token": (_encrypted, "not allowed"),
    "a signature more": (lambda: f"{signed()}.e", "cannot be taken"),
    "a line break": (lambda: signed().replace(".", ".\n", 1), "cannot be taken"),
    "other base 64": (lambda: f"{signed()}=", "cannot be taken"),
    "not in ASCII": (lambda: "é.é.é", "cannot be taken"),
    "16 MB": (lambda: "e" * 16_000_000, "longer than"),
    "deep": (lambda: urlsafe_b64encode(b"[" * 5_000).decode() + ".e.e", "cannot be taken"),
    "deep claims": (lambda: signed_text(HEADER, b"[" * 5_000), "cannot be taken"),
    "a long number": (lambda: paid(b',"n":' + b"9" * 5_000), "cannot be taken"),
}
"""What is no access token in its form."""

OF_THE_CLAIMS = {
    "another issuer": (lambda: signed(iss="https://login.example.com.evil.org"), "iss"),
    "issuers": (lambda: signed(iss=[ISSUER]), "iss"),
    "another audience": (lambda: signed(aud="payroll"), "aud"),
    "other audiences": (lambda: signed(aud=["payroll", "casecore2"]), "aud"),
    "audiences in a list": (lambda: signed(aud=[["casecore"]]), "aud"),
    "no audience in the list": (lambda: signed(aud=[]), "aud"),
    "no audience": (lambda: signed(aud=None), "aud"),
    "expired": (lambda: signed(exp=NOW - 31), "expired"),
    "no expiry": (lambda: signed(exp=None), "exp"),
    "an expiry as a text": (lambda: signed(exp=str(NOW + 300)), "exp"),
    "an expiry that is true": (lambda: signed(exp=True), "exp"),
    "an expiry that never comes": (lambda: signed(exp=float("inf")), "exp"),
    "an expiry that is not a number": (lambda: signed(exp=float("nan")), "exp"),
    "an expiry given twice": (lambda: paid(b',"exp":%d' % (NOW + 300), exp=NOW - 31), "cannot be taken"),
    "not yet": (lambda: signed(nbf=NOW + 31), "not yet valid"),
    "issued later": (lambda: signed(iat=NOW + 31), "in the future"),
    "no client": (lambda: signed(client_id=None), "client_id"),
    "a client that is an object": (lambda: signed(client_id={"id": "x"}), "no text as its claim client_id"),
    "a client that forges a line": (lambda: signed(client_id="x\n2026 denied"), "nobody sees"),
    "a long client": (lambda: signed(client_id="c" * 201), "of 201 characters"),
    "a role that is none": (lambda: signed(role="admin"), "claim role is none of"),
    "a role in capitals": (lambda: signed(role="Vendor"), "claim role is none of"),
    "roles": (lambda: signed(role=["seller", "vendor"]), "no text as its claim role"),
    "two roles": (lambda: paid(b',"role":"vendor"'), "cannot be taken"),
    "the system": (lambda: signed(role="system"), "claim role is none of"),
    "no organisation": (lambda: signed(organisation=None), "no text as its claim organisation"),
    "an empty organisation": (lambda: signed(organisation=""), "of 0 characters"),
    "organisations": (lambda: signed(organisation=["nord", "sued"]), "no text as its claim organisation"),
    "an organisation that nobody sees": (lambda: signed(organisation="no\u200brd"), "not an id|nobody sees"),
    "an organisation with a space": (lambda: signed(organisation="nord "), "a space"),
    "an organisation in parts": (lambda: signed(organisation="su\u0308d"), "NFC"),
    "an organisation turned round": (lambda: signed(organisation="\u202edron"), "nobody sees"),
    "a long organisation": (lambda: signed(organisation="n" * 101), "of 101 characters"),
    "a person that is a list": (lambda: signed(sub=["ida"]), "cannot be taken"),
    "a person with a control character": (lambda: signed(sub="ida\r\nx: y"), "nobody sees"),
}
"""What an issuer's own token may not say."""

BAD = {**OF_THE_SIGNATURE, **OF_THE_FORM, **OF_THE_CLAIMS}

"""A real provider of identities: its access tokens are taken while they last and it has their key."""

from __future__ import annotations

import time
from types import SimpleNamespace
from uuid import uuid4

import psycopg
import pytest
from joserfc.jwk import ECKey

from casecore.identity import issuer
from casecore.identity.errors import NotAuthenticated
from casecore.identity.issuer import IssuerKeys, TrustedIssuer
from casecore.identity.tokens import Tokens
from casecore.store.migrations import migrate
from tests.identity.provider.running import AUDIENCE
from tests.waiting import wait_until

OPENING = {"customer": "praxis", "seller": "nord", "category": "technical_support", "topic": "activation"}
ACTOR = "select convert_from(state, 'UTF8')::json -> 'actor' from casecore.stored_events where topic = %s"


class Installation:
    """What an installation knows of its issuer, and at what time."""

    def __init__(self, address, audience=AUDIENCE):
        self.seconds = 0.0
        self.keys = IssuerKeys(address, lambda: self.seconds)
        self.tokens = Tokens(TrustedIssuer(address, audience), self.keys)


@pytest.fixture
def asked(monkeypatch):
    """What the issuer was asked for, in order."""
    found = []
    get_json = issuer.get_json

    def get(address):
        found.append(address)
        return get_json(address)

    monkeypatch.setattr(issuer, "get_json", get)
    return found


@pytest.fixture
def installation(provider, asked):
    return Installation(provider.issuer)


@pytest.fixture
def client(api_for, installation, database):
    migrate(database)
    return api_for(installation.tokens, database)


@pytest.fixture
def door(api_for, installation):
    """The API without a database: who asks is known before anything else is."""
    return api_for(installation.tokens)


def opens(client, token):
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
    return client.post("/v1/cases", json=OPENING, headers=headers)


def asks(door, token):
    """A command without its Idempotency-Key: 400 for one who is known, and may give it."""
    return door.post("/v1/cases", json=OPENING, headers={"Authorization": f"Bearer {token}"})


def test_a_service_account_acts_as_its_organisation(client, provider, database):
    answer = opens(client, provider.token("desk-of-nord"))
    assert answer.status_code == 201, answer.text
    with psycopg.connect(database) as connection:
        (actor,) = connection.execute(ACTOR, ("casecore.case.opened.v1",)).fetchone()
    assert actor == {"person": "desk-of-nord", "organisation": "nord", "role": "seller"}
    # and not as another one's
    of_sued = opens(client, provider.token("desk-of-sued"))
    assert (of_sued.status_code, of_sued.json()["code"]) == (403, "not_your_case")


def test_a_person_who_logs_in_acts_with_an_access_token_and_not_with_an_id_token(client, provider):
    tokens = provider.tokens_of("ida")
    assert opens(client, tokens["access_token"]).status_code == 201
    refused = opens(client, tokens["id_token"])
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    # also where the client is taken for the audience
    with pytest.raises(NotAuthenticated, match="not an access token"):
        Installation(provider.issuer, "desk").tokens.identify(tokens["id_token"], int(time.time()))


def test_a_token_lets_do_what_its_scope_says(door, provider):
    answer = asks(door, provider.token("desk-of-nord", "analyst service"))
    assert (answer.status_code, answer.json()["details"]) == (403, {"scope": "agent"})


@pytest.mark.parametrize("account", ["elliptic", "edwards", "padded"])
def test_the_issuer_may_sign_in_several_ways(installation, provider, account):
    found = installation.tokens.identify(provider.token(account), int(time.time()))
    assert (found.actor.person, found.actor.organisation, found.shown_by) == (account, "nord", account)


@pytest.mark.parametrize(
    ("account", "resource", "says"),
    [
        ("desk-of-nord", "https://payroll.example.com/", "aud"),
        ("desk-of-nord", f"{AUDIENCE}/", "aud"),
        ("desk-of-nord", None, "cannot be taken"),  # opaque: it says nothing of its bearer
        ("of-nobody", AUDIENCE, "claim role"),
    ],
)
def test_a_token_that_is_not_for_us_is_refused(door, provider, account, resource, says):
    answer = asks(door, provider.token(account, "agent" if resource else "", resource))
    assert answer.status_code == 401
    assert says in answer.json()["detail"]


def test_a_token_lasts_as_long_as_the_issuer_says(door, provider, monkeypatch):
    token = provider.token("desk-of-nord")
    now = time.time()
    for later, status in ((300, 400), (335, 401)):  # with half a minute for clocks that differ
        clock = SimpleNamespace(time=lambda later=later: now + later)
        monkeypatch.setattr("casecore.api.authentication.time", clock)
        assert asks(door, token).status_code == status


def test_a_key_that_the_issuer_adds_is_fetched_once_a_minute_at_most(door, provider, installation, asked):
    before = provider.token("elliptic")
    assert asks(door, before).status_code == 400
    assert [one.rpartition("/")[2] for one in asked] == ["openid-configuration", "jwks"]
    # When the issuer signs with another key, and still has the one before
    rotated(provider, *provider.keys)
    after = provider.token("elliptic")
    # Then it is asked after a minute, and not for each token
    assert [asks(door, after).status_code for _ in range(5)] == [401] * 5
    assert len(asked) == 2
    installation.seconds += 60
    assert [asks(door, token).status_code for token in (after, before, after)] == [400] * 3
    assert len(asked) == 4


def test_a_key_that_the_issuer_has_no_more_is_soon_not_taken(door, provider, installation, asked):
    before = provider.token("elliptic")
    assert asks(door, before).status_code == 400
    rotated(provider, *(key for key in provider.keys if key.key_type != "EC"))
    installation.seconds += 600
    # Then the keys are fetched, while nobody waits for that
    asks(door, before)
    wait_until(lambda: len(asked) == 4 and not installation.keys.are_due(), "the keys are fetched again")
    wait_until(lambda: asks(door, before).status_code == 401, "the key is not taken any more")
    assert asks(door, provider.token("elliptic")).status_code == 400


def test_while_the_issuer_is_down_known_keys_are_good_and_of_others_nobody_can_tell(
    door, provider, installation
):
    known = provider.token("elliptic")
    assert asks(door, known).status_code == 400
    rotated(provider, *provider.keys)
    new = provider.token("elliptic")
    # When the issuer is down, also for longer than keys are young
    provider.stop()
    installation.seconds += 3_600
    unknown = asks(door, new)
    assert (unknown.status_code, unknown.json()["code"]) == (503, "issuer_unavailable")
    assert int(unknown.headers["Retry-After"]) > 0
    assert asks(door, known).status_code == 400
    # Then it is well again when the issuer is
    provider.start(provider.keys)
    installation.seconds += 60
    assert [asks(door, token).status_code for token in (new, known)] == [400, 400]


def test_the_provider_ends_with_the_process_that_started_it(provider):
    provider.abandon()
    provider.start(provider.keys)


def rotated(provider, *others):
    """Start the provider again with a new key, with which it signs, before these."""
    new = ECKey.generate_key("P-256", {"kid": uuid4().hex, "use": "sig"})
    provider.stop()
    provider.start((new, *others))

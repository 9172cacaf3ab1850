"""A real provider of identities, and the API for those who show tokens of an issuer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from starlette.testclient import TestClient

from casecore.api.authentication import Authentication
from casecore.api.server import make_api
from casecore.app.addresses import Addresses
from casecore.app.application import open_app
from casecore.app.settings import read_settings
from casecore.identity.key_file import KeyFile
from casecore.identity.tokens import Tokens
from tests import tiers
from tests.identity.provider.fetch import resolve_provider
from tests.identity.provider.running import Account, Provider

NORD = {"organisation": "nord", "role": "seller"}
ACCOUNTS = {
    "desk-of-nord": Account(NORD),
    "desk-of-sued": Account({"organisation": "sued", "role": "seller"}),
    "of-nobody": Account({}),
    "elliptic": Account(NORD, "ES256"),
    "edwards": Account(NORD, "Ed25519"),
    "padded": Account(NORD, "PS256"),
}
KEYS = (
    RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"}),
    ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"}),
    OKPKey.generate_key("Ed25519", {"kid": "ed-1", "use": "sig"}),
)

NO_DATABASE = "postgresql:///there-is-none"
NewClient = Callable[..., TestClient]


@pytest.fixture(scope="module")
def provider(request: pytest.FixtureRequest) -> Iterator[Provider]:
    """A provider with service accounts, and Ida of nord, who logs in."""
    tiers.refuse_servers("a provider of identities")
    modules = resolve_provider(request.config.rootpath / ".casecore" / "cache")
    running = Provider(modules, KEYS, ACCOUNTS, {"ida": NORD})
    yield running
    running.stop()


@pytest.fixture
def api_for() -> Iterator[NewClient]:
    """Makes the API of one installation, which takes these tokens: api_for(tokens, database, keys)."""
    with ExitStack() as opened:

        def make(tokens: Tokens, database: str = NO_DATABASE, keys: KeyFile | None = None) -> TestClient:
            settings = read_settings({"CASECORE_DATABASE": database})
            app = opened.enter_context(open_app(settings, Addresses(database, "127.0.0.1:1")))
            api = make_api(app, Authentication(keys, tokens, keys_from_anywhere=True))
            return opened.enter_context(TestClient(api, raise_server_exceptions=False))

        yield make

"""A real provider of identities, and the page of an installation at which people log in by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from casecore.store.migrations import migrate
from tests import tiers
from tests.identity.provider.fetch import resolve_provider
from tests.identity.provider.running import AUDIENCE, Provider
from tests.web.sites import ADDRESS, Site, open_site

REDIRECTS = {
    "redirect_uris": [f"{ADDRESS}/login/callback", "https://support.example.com/login/callback"],
    "post_logout_redirect_uris": [f"{ADDRESS}/login"],
}
PAGES = (
    {"client_id": "page", "client_secret": "secret of page", **REDIRECTS},
    {"client_id": "public", "token_endpoint_auth_method": "none", **REDIRECTS},
)
PEOPLE = {
    "ida": {"organisation": "nord", "role": "seller"},
    "nobody": {},
}
NewSite = Callable[..., Site]


@pytest.fixture(scope="module")
def provider(request: pytest.FixtureRequest) -> Iterator[Provider]:
    """A provider that knows the page, and Ida of nord."""
    tiers.refuse_servers("a provider of identities")
    modules = resolve_provider(request.config.rootpath / ".casecore" / "cache")
    key = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
    running = Provider(modules, [key], {}, PEOPLE, PAGES)
    yield running
    running.stop()


@pytest.fixture
def site_with(provider: Provider, database: str, tmp_path: Path) -> Iterator[NewSite]:
    """Makes the page with more of the table [page], and with more settings."""
    migrate(database)
    with ExitStack() as opened:

        def make(page: str = "", client: str = "page", **environ: str) -> Site:
            (tmp_path / "secret").write_text("secret of page\n")
            secret = 'client_secret_file = "secret"' if client == "page" else ""
            issuer = tmp_path / "issuer.toml"
            issuer.write_text(
                f'issuer = "{provider.issuer}"\naudience = "{AUDIENCE}"\n'
                f'[page]\nclient_id = "{client}"\nname = "Nord ID"\n{secret}\n{page}\n'
            )
            environ = {"CASECORE_API_ISSUER": str(issuer), **environ}
            return opened.enter_context(open_site(database, tmp_path, **environ))

        yield make


@pytest.fixture
def site(site_with: NewSite) -> Site:
    """The page, at which people log in by the provider."""
    return site_with()

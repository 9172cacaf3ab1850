"""Where the API may listen: on this machine alone, or where others reach it if nobody can read along."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from casecore.app.settings import ApiSettings, InvalidSetting


@lru_cache(128)  # it is asked of each request
def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own, which nobody else reaches; a name never is."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def stays_on_this_machine(host: str) -> bool:
    """Whether only programs on this machine reach what listens on this host."""
    return host == "localhost" or is_loopback(host)


def check_listening(api: ApiSettings) -> None:
    """Raise InvalidSetting unless what is said to the API is encrypted, or stays on this machine.

    Behind a proxy it is the proxy that encrypts. So nobody else who is elsewhere is answered then.
    """
    if (api.certificate is None) != (api.certificate_key is None):
        given, lacking = "CASECORE_API_CERTIFICATE", "CASECORE_API_CERTIFICATE_KEY"
        if api.certificate is None:
            given, lacking = lacking, given
        raise InvalidSetting(f"{given} is set, and {lacking} is not: TLS needs both, as PEM files")
    if not stays_on_this_machine(api.host) and api.certificate is None and not api.proxies:
        raise InvalidSetting(
            f"CASECORE_API_HOST is {api.host[:120]!r}, where others would send their keys unencrypted: give "
            "CASECORE_API_CERTIFICATE and CASECORE_API_CERTIFICATE_KEY, or name in CASECORE_API_PROXIES the "
            "proxy that encrypts, or listen on 127.0.0.1"
        )


def hosts_of(api: ApiSettings) -> tuple[str, ...]:
    """The names under which a browser asks for the page, each with its port, as the header Host has them."""
    if api.address:
        return (urlsplit(api.address).netloc.lower(),)
    names = ("localhost", "127.0.0.1", "[::1]", _bracketed(api.host))
    return tuple(dict.fromkeys(f"{name}:{api.port}" for name in names))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def url_of(api: ApiSettings) -> str:
    """Where the API is, as a program on this machine writes it."""
    return f"{'https' if api.certificate else 'http'}://{_bracketed(api.host)}:{api.port}"


def page_of(api: ApiSettings) -> str:
    """Where the page is, as somebody enters it in a browser."""
    return f"{api.address or url_of(api)}/"

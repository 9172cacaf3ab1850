"""Headers that tell a browser to do nothing with an answer but show it. There are none for CORS.

Without them a browser hands no answer to a page of another origin, and sends no header Authorization for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

Header = tuple[bytes, bytes]

_POLICY = b"content-security-policy"
_DATA_POLICY = b"default-src 'none'; frame-ancestors 'none'"
# The pages of the documentation have styles, and no script.
_PAGE_POLICY = (
    b"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_TLS_ONLY: Header = (b"strict-transport-security", b"max-age=31536000")
_CACHE_CONTROL: Header = (b"cache-control", b"no-store")


def security_headers(given: Iterable[Header], *, secure: bool) -> tuple[Header, ...]:
    """What an answer with these headers lacks; `secure` is whether it goes over TLS.

    A page that brings its own policy, or says how it may be kept, is believed.
    """
    names = {name.lower(): value for name, value in given}
    is_page = names.get(b"content-type", b"").startswith(b"text/html")
    return _added(
        policy=None if _POLICY in names else _PAGE_POLICY if is_page else _DATA_POLICY,
        keeps=_CACHE_CONTROL[0] in names,
        secure=secure,
    )


@cache
def _added(*, policy: bytes | None, keeps: bool, secure: bool) -> tuple[Header, ...]:
    added = [*_ALWAYS]
    if policy is not None:
        added.append((_POLICY, policy))
    if not keeps:
        added.append(_CACHE_CONTROL)
    if secure:
        added.append(_TLS_ONLY)
    return tuple(added)

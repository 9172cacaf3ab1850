"""Headers that tell a browser to do nothing with an answer but show it. There are none for CORS.

Without them a browser hands no answer to a page of another origin, and sends no header Authorization for it.
"""

from __future__ import annotations

from collections.abc import Iterable

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


def security_headers(given: Iterable[Header], *, secure: bool) -> list[Header]:
    """What an answer with these headers lacks; `secure` is whether it goes over TLS.

    A page that brings its own policy, or says how it may be kept, is believed.
    """
    names = {name.lower(): value for name, value in given}
    added = [*_ALWAYS]
    if _POLICY not in names:
        is_page = names.get(b"content-type", b"").startswith(b"text/html")
        added.append((_POLICY, _PAGE_POLICY if is_page else _DATA_POLICY))
    if _CACHE_CONTROL[0] not in names:
        added.append(_CACHE_CONTROL)
    if secure:
        added.append(_TLS_ONLY)
    return added

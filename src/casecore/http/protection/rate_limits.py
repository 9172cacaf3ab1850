"""How many requests an identity, or an address that shows none, may make in a time."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from secrets import token_bytes
from typing import NamedTuple

from limits import RateLimitItemPerSecond
from limits.strategies import FixedWindowRateLimiter

from casecore.http.problems import TooManyRequests
from casecore.http.protection.windows import BoundedWindows

SUSTAINED_SECONDS = 10
MOST_KEYS = 10_000
"""Identities and addresses that are remembered, of each kind; a window takes about 300 bytes."""
_MOST_NAMES = 1_024
_LONGEST_HOST = 64  # a proxy that is trusted may say anything
_NETWORK_BITS = 64
"""Of an IPv6 address: whoever has one has the other 2**64 of its network, too."""


class RequestRate(NamedTuple):
    """Requests a second, as a mean of ten seconds, and the most within one second."""

    requests_per_second: int
    burst: int


class RateLimits(NamedTuple):
    """What callers may do.

    An identity may make twice the requests that a server process is promised to answer in a second: no
    orderly caller notices, and a caller in a loop still leaves gaps for others. An address may fail to show
    an identity `failed` times in `failed_seconds`.
    """

    identity: RequestRate = RequestRate(4_000, 8_000)
    address: RequestRate = RequestRate(100, 400)
    failed: int = 60
    failed_seconds: int = 60


class _Budget:
    """Limits that hold together for each key."""

    def __init__(self, limits: dict[str, RateLimitItemPerSecond], seconds: Callable[[], float]) -> None:
        self._limits = limits
        # Its own `hit` puts the name of the window together for each request.
        self._window_of = {name: lru_cache(_MOST_NAMES)(one.key_for) for name, one in limits.items()}
        self._seconds = seconds
        self._windows = BoundedWindows(MOST_KEYS * len(limits), seconds)
        self._limiter = FixedWindowRateLimiter(self._windows)
        self._policy = ", ".join(
            f'"{name}";q={one.amount};w={one.get_expiry()}' for name, one in limits.items()
        ).encode()

    def __len__(self) -> int:
        return len(self._windows)

    def count(self, key: str) -> None:
        """Count a request; raises TooManyRequests."""
        for name, limit in self._limits.items():
            if self._windows.incr(self._window_of[name](key), limit.get_expiry()) > limit.amount:
                self._refuse(name, limit, key)

    def add(self, key: str) -> None:
        """Count a request that was answered already: it is the next one that is refused."""
        for limit in self._limits.values():
            self._limiter.hit(limit, key)

    def check(self, key: str) -> None:
        """Raise TooManyRequests if there may be no further one."""
        for name, limit in self._limits.items():
            if not self._limiter.test(limit, key):
                self._refuse(name, limit, key)

    def _refuse(self, name: str, limit: RateLimitItemPerSecond, key: str) -> None:
        ends_at = self._limiter.get_window_stats(limit, key).reset_time
        wait = max(1, math.ceil(ends_at - self._seconds()))
        raise TooManyRequests(
            wait,
            (
                (b"retry-after", str(wait).encode()),
                (b"ratelimit-policy", self._policy),
                (b"ratelimit", f'"{name}";r=0;t={wait}'.encode()),
            ),
        )


class RateLimiter:
    """Counts the requests of identities and addresses, in the memory of this process."""

    def __init__(self, limits: RateLimits, seconds: Callable[[], float] = time.time) -> None:
        self._identities = _Budget(_rates(limits.identity), seconds)
        self._addresses = _Budget(_rates(limits.address), seconds)
        failed = RateLimitItemPerSecond(limits.failed, limits.failed_seconds)
        self._failures = _Budget({"failed": failed}, seconds)
        self._secret = token_bytes(16)
        self._good: OrderedDict[bytes, None] = OrderedDict()

    @property
    def remembered(self) -> int:
        """How many windows and credentials are in memory."""
        budgets = (self._identities, self._addresses, self._failures)
        return len(self._good) + sum(len(budget) for budget in budgets)

    def check_address(self, address: str, credential: bytes | None, cookie: bytes = b"") -> None:
        """Before anything else is done for a request; raises TooManyRequests.

        A credential that was good lately is let through: many may share the address of one who fails.
        """
        if not credential:
            if not cookie or self._fingerprint(cookie) not in self._good:
                self._addresses.count(address)
        elif self._fingerprint(credential) not in self._good:
            self._failures.check(address)
            self._addresses.check(address)

    def count_identity(self, shown_by: str, credential: bytes) -> None:
        """Count a request of a known identity; raises TooManyRequests."""
        known = self._fingerprint(credential)
        if credential and known not in self._good:
            self._good[known] = None
            if len(self._good) > MOST_KEYS:
                self._good.popitem(last=False)
        self._identities.count(shown_by)

    def count_unknown(self, address: str, credential: bytes | None, *, failed: bool) -> None:
        """After a request that showed no identity; `failed` is whether it tried to, and was not known."""
        if not credential:
            return
        if failed:
            self._good.pop(self._fingerprint(credential), None)
            self._failures.add(address)
        self._addresses.add(address)

    def check_login(self, address: str) -> None:
        """Before somebody logs in to the page; raises TooManyRequests."""
        self._failures.check(address)

    def count_failed_login(self, address: str) -> None:
        """After somebody tried to log in to the page, and was not known."""
        self._failures.add(address)

    def _fingerprint(self, credential: bytes) -> bytes:
        return blake2b(credential, digest_size=16, key=self._secret).digest()


def _rates(rate: RequestRate) -> dict[str, RateLimitItemPerSecond]:
    return {
        "burst": RateLimitItemPerSecond(rate.burst, 1),
        "sustained": RateLimitItemPerSecond(rate.requests_per_second * SUSTAINED_SECONDS, SUSTAINED_SECONDS),
    }


def network_of(host: str) -> str:
    """The address of a peer as it is counted: of IPv6 its network, of IPv4 within IPv6 the IPv4 address."""
    host = host[:_LONGEST_HOST]
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, _NETWORK_BITS), strict=False))

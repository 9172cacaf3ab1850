"""Windows of time in which hits are counted, for a bounded number of keys.

The library's own storage in memory grows with the number of keys, and starts a thread every 10 ms that walks
all of them: many addresses would be an attack of their own.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from limits.storage.base import Storage


class _Window:
    __slots__ = ("count", "ends_at")

    def __init__(self, ends_at: float) -> None:
        self.ends_at = ends_at
        self.count = 0


class BoundedWindows(Storage):
    """Counts hits in windows that begin with a key's first hit.

    When there are more keys than it keeps, it forgets the window that began first.
    """

    STORAGE_SCHEME = None

    def __init__(self, most_keys: int, seconds: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._most_keys = most_keys
        self._seconds = seconds
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the storage may raise: nothing of its own."""
        return ValueError

    def __len__(self) -> int:
        return len(self._windows)

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count hits; returns how many there are in the key's window, which is `expiry` seconds long."""
        now = self._seconds()
        window = self._windows.get(key)
        if window is None or window.ends_at <= now:
            window = self._windows[key] = _Window(now + expiry)
            self._windows.move_to_end(key)
            if len(self._windows) > self._most_keys:
                self._windows.popitem(last=False)
        window.count += amount
        return window.count

    def get(self, key: str) -> int:
        """How many hits there are in the key's window."""
        window = self._windows.get(key)
        return window.count if window is not None and window.ends_at > self._seconds() else 0

    def get_expiry(self, key: str) -> float:
        """When the key's window ends, in seconds since the epoch."""
        window = self._windows.get(key)
        return window.ends_at if window is not None else self._seconds()

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forget all windows; returns how many there were."""
        found = len(self._windows)
        self._windows.clear()
        return found

    def clear(self, key: str) -> None:
        """Forget the key's window."""
        self._windows.pop(key, None)

"""The file of keys: only its owner may read it, it is replaced whole, and a server sees each change."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from casecore.errors.files import naming
from casecore.identity.errors import InvalidKeyFile
from casecore.identity.identity import Identity
from casecore.identity.keys import Key, KnownKeys

_OWNER_ONLY = stat.S_IRUSR | stat.S_IWUSR
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class _Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: tuple[Key, ...] = ()


class KeyFile:
    """The keys of one installation."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._known = KnownKeys()

    def read(self) -> KnownKeys:
        """The keys as they are now; none where there is no file. Raises InvalidKeyFile and OSError."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._seen, self._known = None, KnownKeys()
            return self._known
        if found.st_mode & _OTHERS:
            raise InvalidKeyFile(f"{self.path} can be read by others than its owner: chmod 600 {self.path}")
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if seen != self._seen:
            self._known = KnownKeys(_read(self.path))
            self._seen = seen
        return self._known

    def identify(self, text: str, now: datetime) -> Identity:
        """Whose key this is; raises NotAuthenticated, InvalidKeyFile and OSError."""
        return self.read().identify(text, now)

    def is_taken(self, own_id: str, now: datetime | None = None) -> bool:
        """Whether the key with this id can be used; raises InvalidKeyFile and OSError."""
        at = now or datetime.now(UTC)
        return any(key.id == own_id and key.fault_at(at) is None for key in self.read().all)

    def change(self, to: Callable[[tuple[Key, ...]], tuple[Key, ...]]) -> None:
        """Replace the keys by what a function makes of them; others that change them wait meanwhile."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked(), naming(self.path):
            written = self.path.with_suffix(".new")
            with open(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY), "wb") as file:
                os.fchmod(file.fileno(), _OWNER_ONLY)
                file.write(msgspec.json.format(msgspec.json.encode(_Keys(to(self.read().all))), indent=1))
                file.flush()
                os.fsync(file.fileno())
            written.replace(self.path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with open(
            os.open(self.path.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT, _OWNER_ONLY), "wb"
        ) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _read(path: Path) -> tuple[Key, ...]:
    with naming(path):
        text = path.read_bytes()
    try:
        return msgspec.json.decode(text, type=_Keys).keys
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise InvalidKeyFile(
            f"{path} is not a file of keys ({wrong}): remove it, and make the keys again"
        ) from None

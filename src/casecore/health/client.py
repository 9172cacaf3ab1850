"""Asks a process how it is."""

from __future__ import annotations

import urllib.error
import urllib.request

# A proxy that is set for the way out is not asked for what runs beside us.
_directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask_health(host: str, port: int) -> tuple[bool, str]:
    """What a process's health check says: well or not, and a sentence."""
    try:
        with _directly.open(f"http://{host}:{port}/health", timeout=2) as answer:
            return True, answer.read().decode().strip()
    except urllib.error.HTTPError as unwell:
        return False, unwell.read().decode().strip()
    except OSError as error:
        return False, f"no answer on port {port}: {getattr(error, 'reason', error)}"

"""What the demo reads: examples of the documentation, which the package carries along."""

from __future__ import annotations

from pathlib import Path

import casecore

_FOLDER = Path(casecore.__file__).parent / "demo_files"

LOG = _FOLDER / "helpdesk.xes.gz"
MAPPING = _FOLDER / "helpdesk.toml"
PARTIES = _FOLDER / "tables" / "parties.csv"
LICENCES = _FOLDER / "tables" / "licences.csv"
_POLICIES = "helpdesk-end-to-end helpdesk-level-0 vendor-end-to-end vendor-level-1 nord-level-0"
POLICIES = tuple(_FOLDER / "service-levels" / f"{name}.toml" for name in _POLICIES.split())

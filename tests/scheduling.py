"""Which worker of pytest-xdist gets which tests; imported only where that is used."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

IMPORTED_LOG = "tests/journeys/test_helpdesk_"
"""Files that begin so use the help desk's imported log, which takes half a minute to import."""


class FilesTogether(LoadFileScheduling):
    """A file's tests go to one worker, and so do all tests on the imported log: it is imported once."""

    def _split_scope(self, nodeid: str) -> str:
        return IMPORTED_LOG if nodeid.startswith(IMPORTED_LOG) else super()._split_scope(nodeid)

"""Which worker of pytest-xdist gets which tests; imported only where that is used."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

IMPORTED_LOG = "tests/journeys/test_helpdesk_"
"""Files that begin so use the help desk's imported log, which takes half a minute to import."""
EVERY_PAGE = "tests/web/everywhere/"
"""Files that begin so use a site in which everything is there, which takes seconds to fill."""


class FilesTogether(LoadFileScheduling):
    """A file's tests go to one worker, and so do all tests of a costly fixture: it is made once."""

    def _split_scope(self, nodeid: str) -> str:
        shared = (one for one in (IMPORTED_LOG, EVERY_PAGE) if nodeid.startswith(one))
        return next(shared, super()._split_scope(nodeid))

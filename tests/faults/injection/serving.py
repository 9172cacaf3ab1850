"""The API as a process that may have a defect, or act at a named point:

    python -m tests.faults.injection.serving PORT [DEFECT] [POINT NTH ACTION]

Keys are in keys.json below CASECORE_HOME. DEFECT is one of `defects` or of `defects_of_api`; for the rest see
`stopping`.
"""

from __future__ import annotations

import sys

from casecore.app.application import open_app
from casecore.app.settings import read_settings
from casecore.serving.process import run_api
from tests.faults.injection import defects, defects_of_api
from tests.faults.injection.stopping import POINTS, action, on_nth

_DEFECTS = {**defects.DEFECTS, **defects_of_api.DEFECTS}


def main() -> None:
    """Serve until it is told to end."""
    port, *rest = sys.argv[1:]
    if rest and rest[0] in _DEFECTS:
        _DEFECTS[rest.pop(0)]()
    if rest:
        point, nth, what = rest
        POINTS[point](on_nth(int(nth), action(what)))
    settings = read_settings()
    with open_app(settings._replace(api=settings.api._replace(port=int(port)))) as app:
        run_api(app, 0)


if __name__ == "__main__":
    main()

"""The API as a process that may have a defect, or act at a named point:

    python -m tests.faults.injection.serving PORT [DEFECT] [POINT NTH ACTION]

Keys are in keys.json below CASECORE_HOME. DEFECT is one of `defects` or of `defects_of_api`; for the rest see
`stopping`.
"""

from __future__ import annotations

import sys

from casecore.api.authentication import Authentication
from casecore.api.metrics import ApiMetrics
from casecore.api.server import make_api
from casecore.api.serving import ServerOptions, make_server
from casecore.app.application import open_app
from casecore.app.settings import read_settings
from casecore.identity.key_file import KeyFile
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
    with open_app(settings) as app:
        authentication = Authentication(KeyFile(settings.home / "keys.json"), None)
        api = make_api(app, authentication)
        make_server(api, ServerOptions("127.0.0.1", int(port)), ApiMetrics()).serve_until_ended()


if __name__ == "__main__":
    main()

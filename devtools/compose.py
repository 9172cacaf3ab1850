"""The services of docker-compose.yml that are processes of the program: one for each, from the catalogue."""

from __future__ import annotations

import json

from casecore.app.running.installation import API, Process, processes_of
from casecore.app.settings import read_settings
from casecore.cli.own_processes import arguments_of

_SETTINGS = read_settings({})
_OF_THE_API = f"""\
      - "127.0.0.1:{_SETTINGS.api.port}:{_SETTINGS.api.port}"
    volumes:
      - keys:/home/casecore/.casecore
    stop_grace_period: 15s
"""


def process_services() -> str:
    """All our processes as services, in YAML, at the ports where their health is asked for."""
    return "\n\n".join(_service(process) for process in processes_of(_SETTINGS))


def _service(process: Process) -> str:
    of_the_api = process.name == API
    url = f"http://127.0.0.1:{process.port}/health"
    asks = f"import urllib.request; urllib.request.urlopen('{url}', timeout=3)"
    return f"""\
  {process.name}:
    <<: *casecore
    command: {json.dumps(["casecore", *arguments_of(process)])}
    environment: *{"api-settings" if of_the_api else "settings"}
    ports:
      - "127.0.0.1:{process.port}:{process.port}"
{_OF_THE_API if of_the_api else ""}\
    healthcheck:
      <<: *health
      test: {json.dumps(["CMD", "python", "-c", asks])}"""

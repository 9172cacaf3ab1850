"""The services of docker-compose.yml that are processes of the program: one for each, from the catalogue."""

from __future__ import annotations

import json

from casecore.app.running.installation import Process, processes_of
from casecore.app.settings import read_settings
from casecore.cli.own_processes import arguments_of


def process_services() -> str:
    """Relay, views, watch and audit as services, in YAML, at the ports where their health is asked for."""
    return "\n\n".join(_service(process) for process in processes_of(read_settings({})))


def _service(process: Process) -> str:
    url = f"http://127.0.0.1:{process.port}/health"
    asks = f"import urllib.request; urllib.request.urlopen('{url}', timeout=3)"
    return f"""\
  {process.name}:
    <<: *casecore
    command: {json.dumps(["casecore", *arguments_of(process)])}
    environment: *settings
    ports:
      - "127.0.0.1:{process.port}:{process.port}"
    healthcheck:
      <<: *health
      test: {json.dumps(["CMD", "python", "-c", asks])}"""

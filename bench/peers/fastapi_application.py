"""The peer of the API: FastAPI, with the eventsourcing library's application behind it.

Run in the peers' environment: `python -m bench.peers.fastapi_application PORT`, with the library's settings
in the environment. A handler is a plain function, as FastAPI's tutorial has it: it runs in a thread.
"""

from __future__ import annotations

import os
import sys
from uuid import UUID

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from bench.peers.help_desk import HelpDesk


class Message(BaseModel):
    """A message on a case."""

    person: str
    organisation: str
    text: str


def make() -> FastAPI:
    """The application, with its two commands."""
    desk, api = HelpDesk(os.environ), FastAPI()

    def open_case(subject: str) -> dict[str, UUID]:
        return {"case": desk.open(subject)}

    def post(case: UUID, message: Message) -> dict[str, UUID]:
        desk.post(case, message.person, message.organisation, message.text)
        return {"case": case}

    api.post("/cases", status_code=201)(open_case)
    api.post("/cases/{case}/messages", status_code=201)(post)
    return api


if __name__ == "__main__":
    uvicorn.run(make(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")

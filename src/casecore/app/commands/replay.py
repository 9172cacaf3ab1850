"""A command that was given before: its answer as it was first."""

from __future__ import annotations

from casecore.app.application import Application
from casecore.commands.batch import Answer


def as_first_answered(app: Application, answer: Answer) -> Answer:
    """The answer that the command got when it was accepted; raises TablesMissing and DatabaseUnavailable.

    Its receipt does not say which events it stored: they are in the store for ever.
    """
    if not answer.repeated:
        return answer
    types = app.log.types_of(answer.stream_id, answer.version - answer.events, answer.version)
    return answer._replace(types=types, repeated=False)

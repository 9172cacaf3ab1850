"""Which error ends the program with which exit code; the first that fits."""

from __future__ import annotations

from kafka.errors import KafkaError
from psycopg import OperationalError

from casecore.cli.exits import Exit, InputWrong, NotUp
from casecore.cli.settings import SettingWrong
from casecore.decider.refusal import Refusal
from casecore.documents.errors import DocumentFaulty
from casecore.evaluation.errors import EventsFileWrong
from casecore.imports.errors import MappingWrong, RejectsPathWrong, SourceBroken
from casecore.imports.summary import ImportIncomplete
from casecore.local.errors import LocalServerError
from casecore.relay.errors import RelayError
from casecore.runs.completing import SettlementChanged
from casecore.service_levels.errors import ServiceLevelFileWrong
from casecore.store.errors import StoreError, StoreUnavailable
from projections.kit.errors import NothingParked, ProjectionError

CODES: tuple[tuple[type[Exception], Exit], ...] = (
    (Refusal, Exit.REFUSED),
    (SettingWrong, Exit.USAGE),
    (InputWrong, Exit.USAGE),
    (EventsFileWrong, Exit.USAGE),
    (MappingWrong, Exit.USAGE),
    (ServiceLevelFileWrong, Exit.USAGE),
    (SourceBroken, Exit.USAGE),
    (RejectsPathWrong, Exit.USAGE),
    (ImportIncomplete, Exit.DIFFERENCE),
    (NotUp, Exit.UNAVAILABLE),
    (StoreUnavailable, Exit.UNAVAILABLE),
    (StoreError, Exit.UNAVAILABLE),
    (SettlementChanged, Exit.UNAVAILABLE),
    (DocumentFaulty, Exit.REFUSED),
    (LocalServerError, Exit.UNAVAILABLE),
    (RelayError, Exit.UNAVAILABLE),
    (NothingParked, Exit.REFUSED),
    (ProjectionError, Exit.UNAVAILABLE),
    (OperationalError, Exit.UNAVAILABLE),
    (KafkaError, Exit.UNAVAILABLE),
    (OSError, Exit.USAGE),
)

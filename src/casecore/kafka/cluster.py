"""Which Kafka: an address, and how clients show who they are; nothing of Kafka's client is loaded for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from casecore.kafka.options import KafkaOptions


class Cluster(NamedTuple):
    """A Kafka: its bootstrap servers, host:port,…, and the file with its clients' options, if any."""

    bootstrap: str
    options_file: Path | None = None

    def __str__(self) -> str:
        return self.bootstrap

    def options(self) -> KafkaOptions:
        """The options as they are in the file now; raises InvalidKafkaOptions."""
        from casecore.kafka.options import KafkaOptions, read_options  # commands without Kafka need no TLS

        return KafkaOptions() if self.options_file is None else read_options(self.options_file)

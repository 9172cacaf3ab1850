"""What subscribers depend on: the files below schemas/, the topics, and records as they are published."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource

from casecore.kafka.settings import connection
from devtools.compatibility import breaking_changes
from tests.surface.command_line import ROOT
from tests.surface.installation import Installation
from tests.surface.shape import shape_of, shape_of_text, union

_CONSTANT = ("ce_specversion", "content-type")
"""Headers whose text is the same in every record."""

_ADDED = ("ce_dataschema", "ce_subject")
"""Headers that records have since, which those who read records as they were ignore."""

_POLL_MS = 500
_TEXTS = ("description", "summary")

SCHEMAS = ROOT / "schemas"
THEN = Path(__file__).with_name("bee97ac") / "schemas"
"""The schemas and the AsyncAPI document of that commit, as files: their hashes are in wire.json."""


def capture_wire(installation: Installation) -> dict[str, Any]:
    """Hashes of the contract's files, names and settings of topics, and records of each type."""
    records: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in committed(installation):
        records[record["topic"]].append(record)
    return {
        "schemas": hashes(),
        "topics": topics(installation),
        "known to Kafka": known_to_kafka(installation),
        "records": {
            topic: {
                "key": union(shape_of_text(record["key"]) for record in of_topic),
                "headers": union(_headers(record, installation.prefix) for record in of_topic),
                "values": _by_type(of_topic),
            }
            for topic, of_topic in sorted(records.items())
        },
    }


def hashes() -> dict[str, str]:
    """SHA-256 of each file that schemas/ had then; where a schema may replace it, of the file as it was."""
    kept = {file.relative_to(THEN): file for file in sorted(THEN.rglob("*")) if file.is_file()}
    found = {}
    for file in sorted(SCHEMAS.rglob("*")):
        name = file.relative_to(SCHEMAS)
        if name in kept:
            found[str(name)] = _hash(kept[name] if may_replace(kept[name], file) else file)
        elif Path("events", name.name) in kept:  # the golden example of a type that was there
            found[str(name)] = _hash(file)
    return found


def may_replace(then: Path, now: Path) -> bool:
    """Whether readers of the contract as it was can go on: of a type's schema, or the AsyncAPI document."""
    if then.suffix == ".json":
        return breaking_changes(json.loads(then.read_bytes()), json.loads(now.read_bytes())) == []
    return _has_all_of(yaml.safe_load(then.read_bytes()), yaml.safe_load(now.read_bytes()))


def _has_all_of(then: Any, now: Any) -> bool:
    """Whether a document has everything that it had, but for texts for people."""
    if isinstance(then, dict) and isinstance(now, dict):
        return all(name in _TEXTS or _has_all_of(then[name], now.get(name)) for name in then)
    return bool(then == now)


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def topics(installation: Installation) -> dict[str, Any]:
    """Partitions, replicas, and what is set for the topic itself, by the name without its prefix."""
    with KafkaAdminClient(**connection(installation.cluster)) as admin:
        names = sorted(name for name in admin.list_topics() if name.startswith(f"{installation.prefix}."))
        described = {topic["name"]: topic for topic in admin.describe_topics(names)}
        settings = admin.describe_configs(
            [ConfigResource("TOPIC", name) for name in names], config_filter="all"
        )
        return {
            "PREFIX" + name.removeprefix(installation.prefix): {
                "partitions": len(described[name]["partitions"]),
                "replicas": sorted({len(one["replica_nodes"]) for one in described[name]["partitions"]}),
                "settings": {
                    setting: found["value"]
                    for setting, found in sorted(settings["topic"][name].items())
                    if found["config_source"] == "DYNAMIC_TOPIC_CONFIG"
                },
            }
            for name in names
        }


def known_to_kafka(installation: Installation) -> dict[str, list[str]]:
    """The consumer groups and transactional ids, by which operators find them in Kafka's own tools."""
    with KafkaAdminClient(**connection(installation.cluster)) as admin:
        groups = [group["group_id"] for group in admin.list_groups()]
        ids = [one.transactional_id for found in admin.list_transactions().values() for one in found]
    return {
        what: sorted(
            "PREFIX" + name.removeprefix(installation.prefix)
            for name in names
            if name.startswith(installation.prefix)
        )
        for what, names in (("consumer groups", groups), ("transactional ids", ids))
    }


def committed(installation: Installation) -> Iterator[dict[str, Any]]:
    """Every record that a reader of committed records sees, without the forged one."""
    forged = installation.forged.encode()
    consumer = KafkaConsumer(
        **connection(installation.cluster),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    try:
        partitions = [
            TopicPartition(topic, number)
            for topic in sorted(consumer.topics())
            if topic.startswith(f"{installation.prefix}.")
            for number in sorted(consumer.partitions_for_topic(topic) or ())
        ]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        while any(consumer.position(partition) < ends[partition] for partition in partitions):
            for partition, records in consumer.poll(timeout_ms=_POLL_MS).items():
                topic = "PREFIX" + partition.topic.removeprefix(installation.prefix)
                yield from (_read(topic, record) for record in records if record.key != forged)
    finally:
        consumer.close()


def _read(topic: str, record: Any) -> dict[str, Any]:
    return {
        "topic": topic,
        "key": record.key.decode(),
        "headers": [(name, value.decode()) for name, value in record.headers],
        "value": json.loads(record.value),
    }


def _headers(record: dict[str, Any], prefix: str) -> Any:
    found: dict[str, Any] = {}
    for name, text in record["headers"]:
        if name in _ADDED:
            continue
        if name in _CONSTANT or name == "ce_type":
            found[name] = f"= {text}" if name in _CONSTANT else "a type"
        elif text.isdecimal():
            found[name] = "digits"
        elif name == "ce_id" and text.startswith(f"{record['key']}/"):
            found[name] = "KEY/" + ("digits" if text.rpartition("/")[2].isdecimal() else "text")
        elif prefix in text:
            found[name] = f"= {text.replace(prefix, 'PREFIX')}"
        else:
            found[name] = shape_of_text(text)
    return found


def _by_type(records: list[dict[str, Any]]) -> dict[str, Any]:
    values: defaultdict[str, list[Any]] = defaultdict(list)
    for record in records:
        values[dict(record["headers"])["ce_type"]].append(shape_of(record["value"]))
    return {name: union(shapes) for name, shapes in sorted(values.items())}

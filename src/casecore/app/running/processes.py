"""The program's long-running processes on Kafka: relay, runners of views, and the audit that follows."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from prometheus_client import CollectorRegistry

from casecore.app.application import Application
from casecore.app.engine_room.lag_metrics import lag_measured
from casecore.app.running.health_checks import serve_checks
from casecore.app.running.installation import AUDIT, RELAY, await_topics, health_port
from casecore.app.running.stopping import stop_on_signals
from casecore.app.settings import Settings
from casecore.app.views import projections_of
from casecore.audit.follower import Budget, follow
from casecore.audit.health import AuditHealth
from casecore.contract.streams import topic_name
from casecore.health.server import HealthCheck
from casecore.relay import driver
from casecore.relay.health import RelayHealth
from casecore.relay.published_topics import topics_of
from casecore.store.migrations import check_migrated
from projections.catalogue import VIEWS
from projections.kit.collector import collect_by_time
from projections.kit.runner.driver import run as run_projection
from projections.kit.runner.health import RunnerMetrics, RunnerStatus


def run_relay(app: Application, port: int | None = None, hint_of: driver.HintOf = lambda _: None) -> None:
    """Publish the store's log to Kafka until SIGTERM or SIGINT; of several, one publishes, the others wait.

    The process ends by itself on an error: then its log has what `hint_of` says that helps.
    `port` is that of /health and /metrics, by default the relay's own, 0 for none. Must be called from the
    main thread. Raises TablesMissing, WrongSchema, DatabaseUnavailable, TopicMissing and KafkaNotReady.
    """
    check_migrated(app.database)
    await_topics(app.addresses, topics_of(app.settings.topic_prefix))
    health = RelayHealth()
    _serve(app.settings, RELAY, port, health.registry, health.check)
    collect_by_time()
    settings = app.settings
    config = driver.RelayConfig(app.database, app.kafka, settings.topic_prefix, settings.replication)
    driver.run(config, health, hint_of)


def run_projections(app: Application, views: Sequence[str] = (), port: int | None = None) -> None:
    """Keep these views, or all, up to date from Kafka until SIGTERM or SIGINT.

    Must be called from the main thread. Raises ViewUnknown, what `await_topics` raises, and what ends a
    runner: then the others end too, and a supervisor starts all again.
    """
    chosen = projections_of(views)
    prefix = app.settings.topic_prefix
    topics = {topic_name(prefix, kind) for projection in chosen for kind in projection.kinds}
    await_topics(app.addresses, sorted(topics))
    registry, stop = CollectorRegistry(), stop_on_signals()
    metrics = RunnerMetrics(registry)
    statuses = [RunnerStatus(projection.name, metrics) for projection in chosen]
    _serve(app.settings, chosen[0].name, port, registry, lambda: _all_well(statuses))
    collect_by_time()
    with ThreadPoolExecutor(len(chosen)) as threads:
        running = [
            threads.submit(run_projection, projection, app.view_servers, status, stop)
            for projection, status in zip(chosen, statuses, strict=True)
        ]
        wait(running, return_when=FIRST_EXCEPTION)
        stop.set()
    for ended in running:
        ended.result()


def follow_audit(app: Application, budget: Budget, port: int | None = None) -> None:
    """Compare log, topics and views beside production until SIGTERM or SIGINT; reports by metrics and log.

    Its metrics also say how far relay and views are behind, which those cannot say once they have ended.

    Must be called from the main thread. Raises as `run_relay`.
    """
    check_migrated(app.database)
    await_topics(app.addresses, topics_of(app.settings.topic_prefix))
    health, stop = AuditHealth(), stop_on_signals()
    _serve(app.settings, AUDIT, port, health.registry, health.check)
    with lag_measured(app, health.registry, stop):
        follow(app.database, app.kafka, app.settings.topic_prefix, VIEWS.values(), budget, health, stop)


def _serve(
    settings: Settings, name: str, port: int | None, registry: CollectorRegistry, check: HealthCheck
) -> None:
    """Answer health checks on the port given, or on the one that is the process's by the settings."""
    serve_checks(settings, name, health_port(settings, name) if port is None else port, registry, check)


def _all_well(statuses: list[RunnerStatus]) -> tuple[bool, str]:
    answers = [status.health() for status in statuses]
    return all(well for well, _ in answers), "; ".join(reason for _, reason in answers)

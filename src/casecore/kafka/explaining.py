"""The reason behind an error of Kafka's client, where it has one that an operator can do something about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from kafka.errors import (
    AuthorizationError,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    NodeNotReadyError,
    SaslAuthenticationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
)

from casecore.kafka.cluster import Cluster
from casecore.kafka.errors import ClusterUnusable, NotAuthorised
from casecore.kafka.greeting import greet, password_wrong

_RESOURCES: Mapping[type[AuthorizationError], str] = {
    TopicAuthorizationFailedError: "topic",
    GroupAuthorizationFailedError: "consumer group",
    TransactionalIdAuthorizationFailedError: "transactional id",
    ClusterAuthorizationFailedError: "cluster itself",
}


@contextmanager
def explained(cluster: Cluster, *, greets: bool = True) -> Iterator[None]:
    """Raise the ClusterUnusable that is behind one of the library's errors; what has another cause stays.

    Where the library gives no reason, it `greets` the cluster to find one, which takes a second with a frozen
    server.
    """
    try:
        yield
    except ClusterUnusable:
        raise
    except SaslAuthenticationFailedError as error:
        raise password_wrong(cluster) from error
    except AuthorizationError as error:
        raise _not_authorised(cluster, error) from error
    except (KafkaConnectionError, KafkaTimeoutError, NodeNotReadyError):
        if greets:
            greet(cluster)
        raise
    except KafkaError as error:
        # A producer says of all that comes after an error only that there was one.
        for cause in error.args:
            if isinstance(cause, AuthorizationError):
                raise _not_authorised(cluster, cause) from error
        raise


def _not_authorised(cluster: Cluster, error: AuthorizationError) -> NotAuthorised:
    user = cluster.options().user
    who = f"the user {user}" if user else "this client"
    named = error.args[0] if error.args else ""
    names = (
        ", ".join(sorted(map(str, named)))
        if isinstance(named, Collection) and not isinstance(named, str)
        else named
    )
    kind = _RESOURCES.get(type(error), "resource")
    return NotAuthorised(
        f"Kafka at {cluster} does not allow {who} what it needs of the {kind} ({names or error.message}): "
        "give it the rights that this process needs, and no more"
    )

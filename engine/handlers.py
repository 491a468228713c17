"""Handlers of service tasks: which code answers which topic.

A diagram names a topic; developers register a handler under it. The worker is given the registry
when it starts, and a deployment with a topic that nobody handles is refused.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from engine.errors import UitwegError
from engine.model import Variables


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """One service task to carry out.

    Attributes:
        job_id: the same at every attempt: the idempotency key towards the outside.
        instance_id: the process instance that waits for it.
        business_key: pseudonymous number of the case the instance belongs to.
        element_id: id of the service task in the diagram.
        topic: what is asked for, the name the handler is registered under.
        variables: what the task was given, as it was when the token arrived.
    """

    job_id: str
    instance_id: str
    business_key: str
    element_id: str
    topic: str
    variables: Variables = field(default_factory=dict)


# The unit of work is not named here: this module knows no storage. Whoever makes a registry does.
UnitOfWorkT = TypeVar("UnitOfWorkT")

# What a handler is: it works within one transaction and answers the variables that the task sets
# (no personal data). A BpmnError is a business outcome; any other exception is tried again.
Handler: TypeAlias = Callable[[UnitOfWorkT, ServiceCall], Variables]


class Handlers(Generic[UnitOfWorkT]):
    """The handlers by topic; each topic has one.

    Example:
        handlers: Handlers[UnitOfWork] = Handlers()

        @handlers.register("signaal.bevestig_ontvangst")
        def acknowledge(uow: UnitOfWork, call: ServiceCall) -> Variables: ...
    """

    def __init__(self, handlers: Mapping[str, Handler[UnitOfWorkT]] | None = None) -> None:
        self._by_topic: dict[str, Handler[UnitOfWorkT]] = dict(handlers or {})

    def register(self, topic: str) -> Callable[[Handler[UnitOfWorkT]], Handler[UnitOfWorkT]]:
        """Decorator: the function handles *topic*.

        Raises:
            UitwegError: handler_twice, the topic has a handler already.
        """

        def registered(handler: Handler[UnitOfWorkT]) -> Handler[UnitOfWorkT]:
            self._add(topic, handler)
            return handler

        return registered

    def include(self, others: "Handlers[UnitOfWorkT]") -> None:
        """Take over the handlers of another registry, one folder's for example.

        Raises:
            UitwegError: handler_twice, both handle a topic.
        """
        for topic in others:
            self._add(topic, others[topic])

    def missing(self, topics: Iterable[str]) -> tuple[str, ...]:
        """Those of *topics* that nobody handles, sorted."""
        return tuple(sorted(set(topics) - self._by_topic.keys()))

    def get(self, topic: str) -> Handler[UnitOfWorkT] | None:
        """The handler of *topic*, None when nobody handles it."""
        return self._by_topic.get(topic)

    def __getitem__(self, topic: str) -> Handler[UnitOfWorkT]:
        return self._by_topic[topic]

    def __contains__(self, topic: object) -> bool:
        return topic in self._by_topic

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_topic)

    def __len__(self) -> int:
        return len(self._by_topic)

    def _add(self, topic: str, handler: Handler[UnitOfWorkT]) -> None:
        if topic in self._by_topic:
            raise UitwegError("handler_twice", topic=topic)
        self._by_topic[topic] = handler

"""The registry of service-task handlers."""

import pytest

from engine.errors import UitwegError
from engine.handlers import Handlers, ServiceCall
from engine.model import Variables


def acknowledge(uow: None, call: ServiceCall) -> Variables:
    return {"bevestigd": True, "nummer": call.business_key}


def test_a_handler_answers_the_topic_it_is_registered_under() -> None:
    handlers: Handlers[None] = Handlers()
    handlers.register("signaal.bevestig_ontvangst")(acknowledge)

    call = ServiceCall("j1", "i1", "S-23BCDF", "bevestig", "signaal.bevestig_ontvangst")
    answer = handlers["signaal.bevestig_ontvangst"](None, call)

    assert answer == {"bevestigd": True, "nummer": "S-23BCDF"}


def test_a_topic_has_one_handler() -> None:
    handlers: Handlers[None] = Handlers({"a": acknowledge})

    with pytest.raises(UitwegError, match="handler_twice"):
        handlers.register("a")(acknowledge)
    with pytest.raises(UitwegError, match="handler_twice"):
        handlers.include(Handlers({"a": acknowledge}))


def test_topics_without_a_handler_are_named() -> None:
    handlers: Handlers[None] = Handlers({"a": acknowledge})

    assert handlers.missing(["c", "a", "b", "c"]) == ("b", "c")
    assert handlers.get("b") is None

"""Telling a case from its page what has happened."""

import pytest

from tests.webapp.builders import Office
from tests.webapp.chain import Chain
from tests.webapp.visitors import Web
from webapp.casework import work
from webapp.casework.cases import CaseFile

ADDRESS = "/zaken/{number}/gebeurtenis/Client.Stopt"


@pytest.fixture
def chain(office: Office) -> Chain:
    return Chain(office)


@pytest.fixture
def web(chain: Chain) -> Web:
    return Web(chain)


@pytest.fixture
def care(chain: Chain) -> CaseFile:
    """A case in care that Zoë works on."""
    opened = chain.receive("Zorg.Nodig", gemeente="venlo")
    (task,) = chain.tasks(opened)
    chain.do(chain.zoe, work.claim_task, task.id, revision=task.revision)
    return opened


def test_what_can_happen_is_offered_on_the_page_of_the_case(web, chain, care) -> None:
    zoe = web.as_(chain.zoe)

    page = zoe.get(zoe.get(f"/zaken/{care.number}").link("De client stopt"))

    assert page.path == ADDRESS.format(number=care.number)
    assert page.title == "De client stopt"
    assert care.number in page.text


def test_what_is_told_moves_the_case_and_says_so(web, chain, care) -> None:
    zoe = web.as_(chain.zoe)
    form = zoe.get(ADDRESS.format(number=care.number))

    page = zoe.press(form, "Dit doorgeven", wat="Zij wil niet meer.")

    assert page.path == f"/zaken/{care.number}"
    assert "U hebt doorgegeven: De client stopt." in page.text
    assert "Afronden" in page.text


def test_a_form_with_errors_keeps_what_was_typed(web, chain, care) -> None:
    zoe = web.as_(chain.zoe)
    form = zoe.get(ADDRESS.format(number=care.number))

    page = zoe.press(form, "Dit doorgeven", wat="", spoed="true")

    assert page.status == 422
    assert "Wat is er gebeurd?" in page.text
    assert page.root.xpath("//input[@name='spoed']")[0].get("checked") is not None
    assert [task.name for task in chain.tasks(care)] == ["Intake"]


def test_what_is_not_awaited_any_more_gives_back_what_was_typed(web, chain, care) -> None:
    zoe = web.as_(chain.zoe)
    form = zoe.get(ADDRESS.format(number=care.number))
    chain.confirm(chain.zoe, care, "Intake")

    page = zoe.press(form, "Dit doorgeven", wat="Zij wil niet meer.")

    assert page.status == 409
    assert "Er is niets veranderd." in page.text
    assert "Zij wil niet meer." in page.text


def test_the_same_form_sent_again_with_other_words_is_asked_about(web, chain, care) -> None:
    zoe = web.as_(chain.zoe)
    form = zoe.get(ADDRESS.format(number=care.number))
    zoe.press(form, "Dit doorgeven", wat="Zij stopt.")

    page = zoe.press(form, "Dit doorgeven", wat="Zij stopt toch niet.")

    assert page.status == 409
    assert "Zij stopt toch niet." in page.text


@pytest.mark.parametrize("message", ["Client.Stopt", "Zorg.Nodig", "Onbekend"])
def test_for_whoever_may_not_know_of_the_case_there_is_no_such_page(
    web, chain, care, message
) -> None:
    address = f"/zaken/{care.number}/gebeurtenis/{message}"
    anna = web.as_(chain.anna)

    assert anna.get(address).status == 404
    assert anna.post(address, {"wat": "x"}).status == 404
    assert anna.post(f"{address}/vragen", {}).status == 404


def test_the_road_is_on_the_page_with_a_diagram_of_each_part(web, chain, care) -> None:
    chain.clock.advance(days=1)
    chain.confirm(chain.zoe, care, "Intake")
    zoe = web.as_(chain.zoe)

    page = zoe.get(f"/zaken/{care.number}")

    parts = [one.text_content().split()[0] for one in page.root.find_class("road__part")]
    assert parts == ["Zorg", "Nazorg"]
    (here,) = page.root.xpath("//*[@aria-current='step']")
    assert "Hier is deze zaak nu." in here.text_content()
    for link in page.root.xpath("//ol[@class='road']//a/@href"):
        assert zoe.get(link).status == 200

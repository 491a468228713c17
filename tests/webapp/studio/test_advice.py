"""The findings that have words for owners are findings that there are."""

from tests.structure.sources import modules
from tests.webapp.visitors import Web
from webapp.studio import advice


def test_every_rule_with_words_is_a_rule_of_the_checks(web: Web) -> None:
    sources = " ".join(module.text for module in modules("engine")) + " ".join(
        module.text for module in modules("webapp") if module.path == "webapp/casework/drafts.py"
    )
    with web.app.test_request_context():
        rules = advice.texts()

    assert rules
    assert not [rule for rule in rules if f'"{rule}"' not in sources]

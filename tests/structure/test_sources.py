"""Rules about the sources that a reviewer would have to look for in every file."""

import ast
import re

from tests.structure.sources import modules

LONGEST_MODULE = 500

# Who may read the clock: it gives every unit of work its one instant.
CLOCKS = {"engine/storage/database.py"}
CLOCK_CALLS = re.compile(
    r"(datetime|date|dt)\.(now|utcnow|today)|time\.(time|time_ns|localtime|gmtime)"
)
EVALUATING = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
DESERIALISING = {"pickle", "cPickle", "dill", "marshal", "shelve", "jsonpickle"}

# The outer edge of a request is webapp.errors, which has Flask catch; these are the worker's.
OUTER_EDGES = {"engine/worker.py"}


def test_a_commit_stands_in_one_place() -> None:
    commits = [
        f"{module.path}:{line}"
        for module in modules("engine", "webapp", "processes")
        for call, line in module.calls()
        if call.endswith(".commit")
    ]

    assert len(commits) == 1, commits
    assert commits[0].startswith("engine/storage/unit_of_work.py:")


def test_only_the_interpreter_imports_spiffworkflow() -> None:
    importing = {
        module.path
        for module in modules()
        if any(name.split(".")[0] == "SpiffWorkflow" for name in module.imports())
    }

    assert not {path for path in importing if not path.startswith("engine/bpmn/")}


def test_nothing_evaluates_or_unpickles_what_it_reads() -> None:
    calls = [
        f"{module.path}:{line} {call}"
        for module in modules()
        for call, line in module.calls()
        if call in EVALUATING
    ]
    imports = [
        f"{module.path} imports {name}"
        for module in modules()
        for name in module.imports()
        if name.split(".")[0] in DESERIALISING
    ]

    assert not calls + imports


def test_only_the_database_reads_the_clock() -> None:
    readings = [
        f"{module.path}:{line} {call}"
        for module in modules()
        if module.path not in CLOCKS
        for call, line in module.calls()
        if CLOCK_CALLS.fullmatch(call)
    ]

    assert not readings


def test_only_the_request_touches_what_flask_holds_for_it() -> None:
    touching = {
        module.path
        for module in modules("webapp")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "flask"
        and any(alias.name == "g" for alias in node.names)
    }

    assert touching <= {"webapp/request.py"}


def test_every_module_says_what_it_is_about() -> None:
    silent = [module.path for module in modules() if not ast.get_docstring(module.tree)]

    assert not silent


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lengths = {module.path: module.text.count("\n") for module in modules()}

    assert not {path: lines for path, lines in lengths.items() if lines > LONGEST_MODULE}


def test_every_exception_is_caught_by_name_but_at_the_outer_edges() -> None:
    blind = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        if module.path not in OUTER_EDGES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and _catches_everything(node)
        if not _raises_again(node)
    ]

    assert not blind


def test_nothing_is_left_for_later_in_the_tree() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")

    assert not [module.path for module in modules() if marks.search(module.text)]


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    names = {"Exception", "BaseException"}
    return handler.type is None or (isinstance(handler.type, ast.Name) and handler.type.id in names)


def _raises_again(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) for node in ast.walk(handler))

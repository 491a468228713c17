"""The studio: list, folder, file, diagram, and what can be done with a draft."""

from flask import (
    Blueprint,
    Response,
    flash,
    get_template_attribute,
    jsonify,
    make_response,
    render_template,
    request,
    url_for,
)

import processes
from engine import definitions
from engine.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    Problem,
    UitwegError,
)
from webapp.casework import accounts, drafts
from webapp.casework.workbench import DIAGRAM, digest, form_choices, problems
from webapp.request import current_person, see_other, unit_of_work, wants_json
from webapp.studio import wording
from webapp.studio.pages import Findings, Theirs
from webapp.studio.wording import Seen

blueprint = Blueprint("studio", __name__, url_prefix="/studio")


@blueprint.get("")
def index() -> str:
    """Every folder, with what is not published yet."""
    person = current_person()
    with unit_of_work(read_only=True) as uow:
        lines = drafts.overview(uow, person)
        people = {name for line in lines for name in wording.people_in(line.changes, line.newest)}
        page = wording.index(lines, accounts.names(uow, people))
    return render_template("studio/index.html", page=page)


@blueprint.get("/<folder>")
def folder(folder: str) -> str:
    """One folder: its files, its draft, and what the checks say."""
    return _folder_page(folder)


@blueprint.get("/<folder>/nieuw")
def new_file(folder: str) -> str:
    """An empty file to add."""
    return render_template("studio/file.html", page=wording.new_file(_look(folder)))


@blueprint.post("/<folder>/nieuw")
def add_file(folder: str) -> Response:
    """Add a file to the draft."""
    path, content = request.form.get("path", "").strip(), _sent()
    try:
        with unit_of_work() as uow:
            drafts.save(uow, current_person(), folder, path, content, seen="")
    except (InvalidInputError, ConflictError) as error:
        return _not_added(folder, path, content, error)
    return see_other(url_for("studio.file", folder=folder, path=path))


@blueprint.get("/<folder>/bestand/<path:path>")
def file(folder: str, path: str) -> str:
    """One file as text."""
    return render_template("studio/file.html", page=wording.file(_having(folder, path), path))


@blueprint.post("/<folder>/bestand/<path:path>")
def save_file(folder: str, path: str) -> Response:
    """Put a file into the draft; or show what a colleague made of it meanwhile."""
    content, seen = _sent(), request.form.get("seen", "")
    try:
        with unit_of_work() as uow:
            drafts.save(uow, current_person(), folder, path, content, seen=seen)
    except InvalidInputError as error:
        return _unfit(folder, path, content, error)
    except ConflictError as error:
        return _conflict(folder, path, content, error)
    if wants_json():
        return _saved(folder, path)
    return see_other(url_for("studio.file", folder=folder, path=path))


@blueprint.post("/<folder>/uit-het-concept/<path:path>")
def remove_file(folder: str, path: str) -> Response:
    """Take a file out of the draft."""
    try:
        with unit_of_work() as uow:
            seen = request.form.get("seen", "")
            drafts.save(uow, current_person(), folder, path, None, seen=seen)
    except InvalidInputError as error:
        return _unfit(folder, path, b"", error)
    except ConflictError as error:
        return make_response(_folder_page(folder, error), 409)
    return see_other(url_for("studio.folder", folder=folder))


@blueprint.get("/<folder>/wijziging/<change_id>")
def change(folder: str, change_id: str) -> str:
    """A file as it was after one change of the draft."""
    seen = _look(folder)
    with unit_of_work(read_only=True) as uow:
        found, content = drafts.after_change(uow, current_person(), folder, change_id)
    return render_template("studio/change.html", page=wording.change(seen, found, content))


@blueprint.get("/<folder>/diagram/<path:path>")
def diagram(folder: str, path: str) -> str:
    """The editor of a diagram."""
    _refuse_unless_drawn(path)
    page = wording.diagram(_having(folder, path), path)
    return render_template("studio/diagram.html", page=page)


@blueprint.get("/<folder>/diagram-gegevens/<path:path>")
def diagram_data(folder: str, path: str) -> Response:
    """What the editor needs: `{"xml", "seen", "forms": [{"id", "name"}]}`."""
    _refuse_unless_drawn(path)
    seen = _look(folder)
    content = _content(seen, path)
    choices = form_choices({**seen.shared, **seen.bench.files})
    forms = [{"id": form_id, "name": name} for form_id, name in choices.items()]
    return jsonify(xml=wording.as_text(content), seen=digest(content), forms=forms)


@blueprint.post("/<folder>/verder")
def go_on(folder: str) -> Response:
    """Let the draft begin with the newest version."""
    try:
        with unit_of_work() as uow:
            seen = request.form.get("seen", "")
            drafts.go_on_from_newest(uow, current_person(), folder, seen=seen)
    except ConflictError as error:
        return make_response(_folder_page(folder, error), 409)
    return see_other(url_for("studio.folder", folder=folder))


@blueprint.post("/<folder>/publiceren")
def publish(folder: str) -> Response:
    """Make the draft the version that new cases run."""
    try:
        with unit_of_work() as uow:
            done = drafts.publish(
                uow,
                current_person(),
                folder,
                seen=request.form.get("seen", ""),
                topics=processes.handlers(),
            )
    except InvalidInputError as error:
        return make_response(_folder_page(folder, error), 422)
    except ConflictError as error:
        return make_response(_folder_page(folder, error), 409)
    flash(wording.published(done.deployment.version, done.changed))
    return see_other(url_for("studio.folder", folder=folder))


@blueprint.get("/<folder>/weggooien")
def ask_discard(folder: str) -> str | Response:
    """Ask whether the draft may be thrown away."""
    seen = _look(folder)
    if not seen.bench.changes:
        return see_other(url_for("studio.folder", folder=folder))
    return render_template("studio/discard.html", page=wording.discard(seen))


@blueprint.post("/<folder>/weggooien")
def discard(folder: str) -> Response:
    """Throw the draft away."""
    try:
        with unit_of_work() as uow:
            drafts.discard(uow, current_person(), folder, seen=request.form.get("seen", ""))
    except ConflictError as error:
        return make_response(_folder_page(folder, error), 409)
    return see_other(url_for("studio.folder", folder=folder))


def _look(folder: str, error: UitwegError | None = None) -> Seen:
    """The folder with what its pages tell of it.

    Args:
        error: why something was refused; the page names who did what, or lists its problems.
    """
    person = current_person()
    with unit_of_work(read_only=True) as uow:
        bench = drafts.open_folder(uow, person, folder)
        shared = drafts.shared_files(uow, folder)
        people = wording.people_in(bench.changes, bench.newest, bench.base)
        if error is not None:
            people.add(str(error.values.get("by", "")))
        names = accounts.names(uow, people)
        current = definitions.current(uow)
    titles = sorted(each.name for each in current if each.deployment_id == bench.newest.id)
    # Checking takes longer than reading, so it is done when the connection is free again.
    found = problems(bench, shared)
    if isinstance(error, InvalidInputError):
        found = tuple(each for each in error.problems if isinstance(each, Problem))
    return Seen(bench, shared, names, tuple(titles), found)


def _folder_page(folder: str, error: UitwegError | None = None) -> str:
    seen = _look(folder, error)
    refusal = ""
    if isinstance(error, ConflictError):
        refusal = wording.conflict(error, seen.names)
    elif isinstance(error, InvalidInputError):
        refusal = wording.refused(len(error.problems))
    page = wording.folder(seen, refusal=refusal)
    return render_template("studio/folder.html", page=page)


def _sent() -> bytes:
    """The file that was sent: uploaded, or typed."""
    upload = request.files.get("upload")
    if upload is not None and upload.filename:
        content: bytes = upload.read()
        return content
    return request.form.get("content", "").replace("\r\n", "\n").encode()


def _having(folder: str, path: str) -> Seen:
    """The folder, when the file is in its draft."""
    seen = _look(folder)
    _content(seen, path)
    return seen


def _content(seen: Seen, path: str) -> bytes:
    content = seen.bench.content(path)
    if content is None:
        raise NotFoundError("file_not_found", folder=seen.bench.folder, path=path)
    return content


def _refuse_unless_drawn(path: str) -> None:
    if not path.endswith(DIAGRAM):
        raise NotFoundError("no_diagram", path=path)


def _saved(folder: str, path: str) -> Response:
    seen = _look(folder)
    return jsonify(
        seen=digest(_content(seen, path)),
        last=wording.last_change(seen, path),
        findings=_findings(wording.findings(seen, path)),
    )


def _findings(found: Findings) -> str:
    """The part of the page that lists them."""
    return str(get_template_attribute("components/findings.html", "findings")(found))


def _not_added(folder: str, path: str, typed: bytes, error: UitwegError) -> Response:
    if isinstance(error, InvalidInputError):
        refusal, status = wording.unfit(error), 422
    else:
        refusal, status = wording.is_there(path), 409
    typed_text = wording.as_text(typed)
    page = wording.new_file(_look(folder), path=path, typed=typed_text, refusal=refusal)
    return make_response(render_template("studio/file.html", page=page), status)


def _unfit(folder: str, path: str, typed: bytes, error: InvalidInputError) -> Response:
    refusal = wording.unfit(error)
    if wants_json():
        return make_response(jsonify(text=refusal), 422)
    page = wording.file(_look(folder), path, typed=wording.as_text(typed), refusal=refusal)
    return make_response(render_template("studio/file.html", page=page), 422)


def _conflict(folder: str, path: str, typed: bytes, error: ConflictError) -> Response:
    seen = _look(folder, error)
    content = seen.bench.content(path)
    theirs = Theirs(wording.conflict(error, seen.names), wording.as_text(content))
    if wants_json():
        answer = jsonify(text=theirs.text, xml=theirs.content, seen=digest(content))
        return make_response(answer, 409)
    page = wording.file(seen, path, typed=wording.as_text(typed), theirs=theirs)
    return make_response(render_template("studio/file.html", page=page), 409)

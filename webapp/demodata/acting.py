"""What one of the colleagues does: each act goes through the verbs of the pages, as theirs would.

What somebody says in a form is drawn from the number of the road, the form, and how often it was
filled in before: so the same demo says the same.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from random import Random

from engine import definitions, instances
from engine.forms import Form, Raw, RawValues
from engine.model import Variables
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks import Typed, UserTask
from engine.timers import AMSTERDAM
from webapp.casework import desk, work
from webapp.casework.access import Person, person_group
from webapp.casework.work import Completed
from webapp.demodata import content
from webapp.demodata.answering import Voice, fill_in
from webapp.demodata.content import Answers, Happening
from webapp.demodata.plans import Road, die

# Answers that only one case needs stand under its story, by form or by "folder.form".
_NOTHING: Mapping[str, Answers] = {}


class Acting:
    """Does what people do, one act after the other.

    Args:
        seed: with the number of a road it decides everything that is drawn.
    """

    def __init__(self, database: Database, *, seed: int) -> None:
        self._database = database
        self._seed = seed
        self._visits: Counter[tuple[str, str]] = Counter()
        self._submissions = 0

    def draws(self, about: str) -> Random:
        """The die of something that is named."""
        return die(self._seed, about)

    def report(self, road: Road) -> str:
        """Begin the case of a road; gives its number."""
        story, person = road.story, road.reporter
        with self._database.unit_of_work(person.actor) as uow:
            opened = desk.open_starter(uow, person, story.starter)
            form = opened.starter.form
            folder, _, _ = story.starter.partition(".")
            shown = form.initial(opened.variables)
            said = {
                **road.situation.report,
                **_said(road, folder, form.id),
                "gemeente": road.municipality,
            }
            values = self._answers(uow, road, "", form, shown, opened.variables, said)
            return work.start_case(
                uow, person, story.starter, values, submission=self._submission()
            ).number

    def claim(self, person: Person, task: UserTask) -> None:
        """Take a task on, when it waits for a role."""
        if task.assignee is None and task.candidate != person_group(person.id):
            with self._database.unit_of_work(person.actor) as uow:
                work.claim_task(uow, person, task.id, revision=task.revision)

    def complete(self, person: Person, task: UserTask, road: Road | None) -> Completed:
        """Open a task, fill in its form, and send it in."""
        self.claim(person, task)
        with self._database.unit_of_work(person.actor) as uow:
            opened = desk.open_task(uow, person, task.id)
            values = self._of_task(uow, task, road, opened)
        with self._database.unit_of_work(person.actor) as uow:
            done = work.complete_task(
                uow,
                person,
                task.id,
                values,
                revision=opened.task.revision,
                submission=self._submission(),
            )
        self._visits[task.business_key, task.form_key or ""] += 1
        return done

    def begin(self, person: Person, task: UserTask, road: Road | None) -> None:
        """Take a task on and type half of it: that is kept as a draft."""
        self.claim(person, task)
        with self._database.unit_of_work(person.actor) as uow:
            opened = desk.open_task(uow, person, task.id)
            values = self._of_task(uow, task, road, opened)
        if opened.form is None:
            return
        half = list(values)[: (len(values) + 1) // 2]
        with self._database.unit_of_work(person.actor) as uow:
            work.save_draft(uow, person, task.id, {key: _typed(values[key]) for key in half})

    def go_on(self, person: Person, done: Completed) -> str | None:
        """What the page takes on for them after automatic work; None when nothing is theirs."""
        if done.next_task_id is not None or not done.goes_on:
            return done.next_task_id
        with self._database.unit_of_work(person.actor) as uow:
            return work.take_next(uow, person, done.case_number)

    def tell(self, person: Person, number: str, happening: Happening, road: Road) -> None:
        """Tell a case what has happened."""
        with self._database.unit_of_work(person.actor) as uow:
            if not happening.message:
                text = happening.text.format_map(road.persona.words)
                work.add_to_report(uow, person, number, text, submission=self._submission())
                return
            opened = desk.open_event(uow, person, number, happening.message)
            values: RawValues = {}
            if opened.form is not None:
                folder = _folder(uow, opened.instance_id)
                said = _said(road, folder, opened.form.id)
                values = self._answers(
                    uow, road, number, opened.form, opened.values, opened.variables, said
                )
            work.report_event(
                uow, person, number, happening.message, values, submission=self._submission()
            )

    def _of_task(
        self, uow: UnitOfWork, task: UserTask, road: Road | None, opened: desk.OpenTask
    ) -> RawValues:
        if opened.form is None:
            return {}
        said = _said(road, _folder(uow, task.instance_id), opened.form.id)
        return self._answers(
            uow, road, task.business_key, opened.form, opened.values, opened.variables, said
        )

    def _answers(
        self,
        uow: UnitOfWork,
        road: Road | None,
        number: str,
        form: Form,
        shown: RawValues,
        variables: Variables,
        said: Answers,
    ) -> dict[str, Raw]:
        visit = self._visits[number, form.id]
        about = road.number if road else uow.now.date().isoformat()
        voice = Voice(
            self.draws(f"{about} {form.id} {visit}"),
            road.persona.words if road else {},
            uow.now.astimezone(AMSTERDAM).date(),
            visit,
        )
        return fill_in(form, shown, variables, said, voice)

    def _submission(self) -> str:
        self._submissions += 1
        return f"demo-data-{self._submissions}"


def _said(road: Road | None, folder: str, form_key: str) -> Answers:
    """What is said in a form: as the story wants it, else as people usually do."""
    of_story = road.story.answers if road else _NOTHING
    return {
        **content.answers_of(folder, form_key),
        **of_story.get(form_key, {}),
        **of_story.get(f"{folder}.{form_key}", {}),
    }


def _typed(value: Raw) -> Typed:
    """A value as somebody types it."""
    if isinstance(value, datetime):
        return f"{value:%d-%m-%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d-%m-%Y}"
    if isinstance(value, list | tuple):
        return [_typed(one) for one in value]
    if isinstance(value, Mapping):
        return {key: _typed(one) for key, one in value.items()}
    return value if isinstance(value, str | bool) or value is None else str(value)


def _folder(uow: UnitOfWork, instance_id: str) -> str:
    """The process folder that an instance runs."""
    manifest = definitions.manifest(uow, instances.get(uow, instance_id).definition_id)
    return manifest.file.rpartition("/")[0] if manifest else ""

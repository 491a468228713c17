"""What the findings that owners meet most mean, in the reader's language.

The checks word every finding in English with what it is about; here are the same rules as a
sentence and a remedy. A rule that is not here is shown with the words of the checks alone.
"""

from flask_babel import gettext


def in_words(rule: str) -> str:
    """What is wrong and what to do about it; "" for a rule that has no words here."""
    return texts().get(rule, "")


def texts() -> dict[str, str]:
    """The words that there are, by rule."""
    return {
        "bad_expression": gettext("This expression cannot be read. Check how it is written."),
        "bad_key": gettext("This name cannot be used. Use small letters, digits and underscores."),
        "bad_options": gettext(
            "The choices of this question are empty or not different. Give each its own value."
        ),
        "bad_timer": gettext("This time cannot be reckoned with. Write a date or a length."),
        "boundary_without_host": gettext(
            "This event is not attached to a step. Draw it on the edge of one."
        ),
        "called_process_missing": gettext(
            "The process that is called is not there. Choose one of this folder or a shared one."
        ),
        "condition_not_boolean": gettext("This condition is neither true nor false. Rewrite it."),
        "dead_end": gettext("Nothing follows this step. Draw an arrow from it, or an end event."),
        "decision_missing": gettext(
            "The table that is asked is not there. Choose a table of this folder or a shared one."
        ),
        "duplicate_id": gettext("Two things have the same id. Give one of them another id."),
        "duplicate_key": gettext("Two questions have the same key. Give one another key."),
        "event_without_name": gettext(
            "It does not say which message, signal or error it is about. Choose one."
        ),
        "field_without_class": gettext(
            "This question does not say whether its answer is personal data. Add a class."
        ),
        "field_without_label": gettext("This question has no label. Write what is asked."),
        "field_without_target": gettext(
            "This question does not say where its answer goes. Add a target."
        ),
        "file_name": gettext(
            "A file cannot be called this. Use small letters, digits and hyphens, and end with"
            " .bpmn, .dmn or .form."
        ),
        "file_not_text": gettext("This file is no text. Choose another one."),
        "file_too_large": gettext("This file is too large. A file has at most 1 MB."),
        "flow_across_border": gettext(
            "This arrow crosses the border of a subprocess. Draw it inside or outside."
        ),
        "flow_without_condition": gettext(
            "This arrow leaves a choice without a condition. Give it one, or make it the default."
        ),
        "form_missing": gettext("The form is not there. Choose one that is, or add it."),
        "gateway_without_default": gettext(
            "When none of the conditions is true, the process cannot go on. Make one arrow the"
            " default."
        ),
        "id_not_snake_case": gettext(
            "This id is not written as ids are here. Use small letters, digits and underscores."
        ),
        "lane_without_role": gettext(
            "Nobody sees this task: no role is named for its lane. Put the task in a lane that has"
            " a role, or name one in process.toml."
        ),
        "manifest_needed": gettext("A folder cannot do without process.toml. Change it instead."),
        "message_flow_end": gettext("A message arrow cannot begin or end here."),
        "missing_reference": gettext("It refers to something that is not there."),
        "multi_instance_source": gettext(
            "It does not say for what this step is repeated. Name the list."
        ),
        "no_start": gettext("There is no start event. Draw where it begins."),
        "not_a_form": gettext("This is no form. Compare it with another form."),
        "not_executable": gettext(
            "No process of this file can be run. Tick that it is executable."
        ),
        "not_json": gettext("This form cannot be read: it is not JSON. Check commas and quotes."),
        "not_toml": gettext("This file cannot be read: it is not TOML. Check quotes and brackets."),
        "not_well_formed": gettext("This file cannot be read: it is not well-formed XML."),
        "not_xml": gettext("This file cannot be read: it is not XML."),
        "personal_data_in_process": gettext(
            "This question asks for personal data and keeps it in a process variable. Let its"
            " answer go to the case file."
        ),
        "process_missing": gettext("process.toml names a process that no diagram holds."),
        "process_not_named": gettext("process.toml does not name a process of this folder."),
        "role_without_lane": gettext("process.toml names a lane that is not drawn."),
        "start_event_missing": gettext(
            "process.toml names a way to begin for which no start event is drawn."
        ),
        "task_without_decision": gettext("This step does not say which table it asks. Choose one."),
        "task_without_name": gettext(
            "This task has no name. Name it after what is to be done: people read it in their work."
        ),
        "task_without_topic": gettext(
            "This step names no work to be done by the system, so nothing happens in it."
        ),
        "terms_missing": gettext("The table with the norm times is not there."),
        "topic_without_handler": gettext(
            "Nobody has written what the system has to do here. Ask a developer, or name work that"
            " there is."
        ),
        "unknown_field_type": gettext("Questions of this type are not shown here. Choose another."),
        "unknown_function": gettext("There is no function of this name."),
        "unknown_key": gettext("This word is not known here. Check how it is written."),
        "unknown_section": gettext(
            "This section of the case file is not one of this process. Choose one of process.toml."
        ),
        "unsupported_element": gettext("This cannot stand in a process that is run here."),
        "unsupported_extension": gettext("This property is not looked at. Take it out."),
    }

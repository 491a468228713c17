// What the properties panel offers: the groups that the engine looks at, and the forms of the folder
// as a choice. What else the panel knows belongs to engines of another kind.
import { isSelectEntryEdited, SelectEntry } from "@bpmn-io/properties-panel";
import { h } from "@bpmn-io/properties-panel/preact";
import { useService } from "bpmn-js-properties-panel";
import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";

const AFTER_ALL_OTHERS = 100;
const GROUPS = new Set([
  "general",
  "documentation",
  "error",
  "escalation",
  "message",
  "signal",
  "link",
  "timer",
  "multiInstance",
  "calledDecision",
  "script",
  "taskDefinition",
  "condition",
  "calledElement",
  "inputPropagation",
  "outputPropagation",
  "inputs",
  "outputs",
]);
const UNUSED = new Set([
  "taskDefinitionRetries",
  "bindingType",
  "versionTag",
]);
// The number of the case that a call belongs to is a property of its own (decision 8).
const GROUPS_OF_CALLS = new Set(["Zeebe__ExtensionProperties"]);

export class OfferedProperties {
  constructor(propertiesPanel, translate) {
    this._translate = translate;
    propertiesPanel.registerProvider(AFTER_ALL_OTHERS, this);
  }

  getGroups(element) {
    const isCall = is(element, "bpmn:CallActivity");
    return (groups) => {
      const term = groups
        .find((group) => group.id === "assignmentDefinition")
        ?.entries.filter((entry) => entry.id === "taskScheduleDueDate");
      const offered = groups
        .filter((group) => GROUPS.has(group.id) || (isCall && GROUPS_OF_CALLS.has(group.id)))
        .map((group) => ({
          ...group,
          ...(group.id === "general" && { shouldOpen: true }),
          ...(group.entries && {
            entries: group.entries.filter((entry) => !UNUSED.has(entry.id)),
          }),
        }))
        .filter((group) => !group.entries || group.entries.length);
      if (!is(element, "bpmn:UserTask")) return offered;
      const general = offered.findIndex((group) => group.id === "general");
      const { component } = offered[general];
      const form = {
        id: "form",
        label: this._translate("Form"),
        entries: [{ id: "formId", component: FormOfTask, isEdited: isSelectEntryEdited }],
        component,
        shouldOpen: true,
      };
      const due = { id: "due", label: this._translate("Due date"), entries: term ?? [], component };
      return [
        ...offered.slice(0, general + 1),
        form,
        ...(due.entries.length ? [due] : []),
        ...offered.slice(general + 1),
      ];
    };
  }
}
OfferedProperties.$inject = ["propertiesPanel", "translate"];

function FormOfTask({ element, id }) {
  const { forms, words } = useService("offeredForms");
  const modeling = useService("modeling");
  const bpmnFactory = useService("bpmnFactory");
  const translate = useService("translate");
  const task = getBusinessObject(element);
  const definition = () => extensions(task).find((each) => is(each, "zeebe:FormDefinition"));

  return h(SelectEntry, {
    element,
    id,
    label: translate("Form"),
    getValue: () => definition()?.get("formId") ?? "",
    setValue: (formId) => setForm({ element, task, formId, modeling, bpmnFactory }),
    getOptions: () => {
      const chosen = definition()?.get("formId");
      const known = forms.map((form) => ({ value: form.id, label: `${form.name} (${form.id})` }));
      const isGone = chosen && !forms.some((form) => form.id === chosen);
      const gone = isGone ? [{ value: chosen, label: `${chosen} (${words.formGone})` }] : [];
      return [{ value: "", label: words.noForm }, ...gone, ...known];
    },
  });
}

function setForm({ element, task, formId, modeling, bpmnFactory }) {
  const others = extensions(task).filter((each) => !is(each, "zeebe:FormDefinition"));
  const container =
    task.get("extensionElements") ?? bpmnFactory.create("bpmn:ExtensionElements", { values: [] });
  container.$parent = task;
  const values = [...others];
  if (formId) {
    const made = bpmnFactory.create("zeebe:FormDefinition", { formId });
    made.$parent = container;
    values.push(made);
  }
  if (!task.get("extensionElements")) {
    container.set("values", values);
    modeling.updateModdleProperties(element, task, { extensionElements: container });
  } else {
    modeling.updateModdleProperties(element, container, { values });
  }
}

function extensions(task) {
  return task.get("extensionElements")?.get("values") ?? [];
}

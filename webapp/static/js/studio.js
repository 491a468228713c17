// The editor of a diagram: draws it, saves it in the draft, and shows what the checks say.
//
// data-data-url    answers {"xml", "seen", "forms": [{"id", "name"}]}
// data-save-url    takes content, seen and a token; answers {"seen", "last", "findings"}, with 409
//                  {"text", "xml", "seen"} of what a colleague saved meanwhile, with 422 {"text"}
import { is } from "bpmn-js/lib/util/ModelUtil";

import { lookAt } from "./looking.js";
import { whatChanged } from "./studio/differences.js";
import { makeModeler } from "./studio/modeler.js";

const page = document.querySelector("[data-modeler]");
const words = page.dataset;
const part = (name) => page.querySelector(`[data-${name}]`);

async function open() {
  const { xml, seen, forms } = await (await fetch(words.dataUrl)).json();
  const modeler = makeModeler({
    canvas: part("modeler-canvas"),
    properties: part("modeler-properties"),
    forms,
    words,
  });
  await modeler.importXML(xml);
  lookAt(modeler.get("canvas"), firstStart(modeler));
  await drawn(); // the properties hear of a choice only when they have been drawn once

  const draft = new Draft(modeler, xml, seen);
  bindHistory(modeler, draft);
  bindElements(modeler);
  bindAddress(modeler);
  for (const button of page.querySelectorAll("[data-modeler-zoom]")) {
    const step = button.dataset.modelerZoom;
    button.addEventListener("click", () => {
      if (step === "fit") modeler.get("canvas").zoom("fit-viewport", "auto");
      else modeler.get("zoomScroll").stepZoom(Number(step));
    });
  }
}

// Where the process begins: its first start event that stands in no part of it.
function firstStart(modeler) {
  const starts = modeler.get("elementRegistry").filter((element) =>
    is(element, "bpmn:StartEvent") && !is(element.parent, "bpmn:SubProcess"));
  return starts.sort((one, other) => one.x - other.x)[0]?.id;
}

// What stands in the draft on the server, and what is drawn here.
class Draft {
  constructor(modeler, xml, seen) {
    this.modeler = modeler;
    this.opened = xml;
    this.seen = seen;
    this.token = words.token;
    this.saving = false;
    this.isChanged = false;
    part("modeler-save").addEventListener("click", () => this.save());
    part("conflict-mine").addEventListener("click", () => this.saveOver());
    part("conflict-theirs").addEventListener("click", () => this.takeTheirs());
    addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
        event.preventDefault();
        this.save();
      }
    });
    addEventListener("beforeunload", (event) => {
      if (this.isChanged) event.preventDefault();
    });
    this.show();
  }

  change() {
    this.isChanged = true;
    say(words.unsaved);
    this.show();
  }

  show() {
    part("modeler-save").disabled = !this.isChanged;
  }

  async save() {
    // What is typed in a property arrives a moment later, unless the field is left.
    if (part("modeler-properties").contains(document.activeElement)) document.activeElement.blur();
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (this.saving || !this.isChanged) return;
    this.saving = true;
    this.isChanged = false; // what is drawn while it is under way is not in it
    try {
      const { xml } = await this.modeler.saveXML({ format: true });
      const isSaved = await this.answer(await this.send(xml), xml);
      this.isChanged ||= !isSaved;
    } catch {
      this.isChanged = true;
      say(words.notSaved);
    } finally {
      this.saving = false;
      this.show();
    }
  }

  async send(xml, again = true) {
    const body = new FormData();
    body.set("csrf_token", this.token);
    body.set("seen", this.seen);
    body.set("content", xml);
    const headers = { Accept: "application/json" };
    const response = await fetch(words.saveUrl, { method: "POST", body, headers });
    if (response.status !== 400 || !again) return response;
    // Whoever logged in anew in another tab has another token there.
    const fresh = new DOMParser().parseFromString(
      await (await fetch(location.pathname)).text(),
      "text/html",
    );
    this.token = fresh.querySelector("[data-token]")?.dataset.token ?? this.token;
    return this.send(xml, false);
  }

  // Whether it was saved.
  async answer(response, xml) {
    if (!response.ok) {
      if (response.status === 401) say(words.noSession);
      else if (response.status === 409) await this.showConflict(await response.json(), xml);
      else if (response.status === 422) say((await response.json()).text);
      else say(words.notSaved);
      return false;
    }
    const { seen, last, findings } = await response.json();
    this.seen = seen;
    this.opened = xml;
    part("modeler-conflict").hidden = true;
    part("modeler-last").textContent = last;
    part("modeler-findings").innerHTML = findings;
    say(last);
    return true;
  }

  async showConflict(theirs, mine) {
    this.theirs = theirs;
    part("conflict-text").textContent = theirs.text;
    const changes = await whatChanged(this.modeler.get("moddle"), this.opened, theirs.xml, words);
    part("conflict-changes").replaceChildren(...changes);
    const download = part("conflict-download");
    URL.revokeObjectURL(download.href);
    download.href = URL.createObjectURL(new Blob([mine], { type: "application/xml" }));
    download.download = words.saveUrl.split("/").pop();
    const section = part("modeler-conflict");
    section.hidden = false;
    section.focus();
    say(theirs.text);
  }

  saveOver() {
    this.seen = this.theirs.seen;
    this.opened = this.theirs.xml;
    this.save();
  }

  takeTheirs() {
    this.isChanged = false;
    location.reload();
  }
}

function bindHistory(modeler, draft) {
  const stack = modeler.get("commandStack");
  const undo = part("modeler-undo");
  const redo = part("modeler-redo");
  undo.addEventListener("click", () => stack.undo());
  redo.addEventListener("click", () => stack.redo());
  modeler.on("commandStack.changed", () => {
    undo.disabled = !stack.canUndo();
    redo.disabled = !stack.canRedo();
    draft.change();
  });
}

// A list of all steps: whoever cannot point at the drawing chooses there.
function bindElements(modeler) {
  const list = part("modeler-elements");
  const nothing = list.options[0];
  const fill = () => {
    const chosen = list.value;
    const options = modeler
      .get("elementRegistry")
      .filter((each) => each.type.startsWith("bpmn:") && !each.labelTarget && !each.waypoints)
      .filter((each) => each.businessObject.name && each.parent)
      .map((each) => new Option(each.businessObject.name, each.id))
      .sort((one, other) => one.text.localeCompare(other.text));
    list.replaceChildren(nothing, ...options);
    list.value = chosen;
  };
  fill();
  modeler.on("commandStack.changed", fill);
  part("modeler-go").addEventListener("click", () => goTo(modeler, list.value));
}

// A finding links to its element by "#<id>", from this page and from others.
function bindAddress(modeler) {
  const look = () => goTo(modeler, decodeURIComponent(location.hash.slice(1)));
  addEventListener("hashchange", look);
  part("modeler-findings").addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link && link.hash && link.hash === location.hash && link.pathname === location.pathname) {
      event.preventDefault();
      look();
    }
  });
  look();
}

function goTo(modeler, id) {
  const element = id && modeler.get("elementRegistry").get(id);
  if (!element) return;
  const canvas = modeler.get("canvas");
  canvas.setRootElement(canvas.findRoot(element));
  canvas.zoom(1, element.waypoints ? element.waypoints[0] : element);
  canvas.scrollToElement(element, 200);
  modeler.get("selection").select(element);
  part("modeler-canvas").scrollIntoView({ block: "nearest" });
  canvas.focus();
}

function drawn() {
  return new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 0)));
  });
}

function say(text) {
  part("modeler-state").textContent = text;
}

open().catch(() => say(words.failed));

// The process diagram of a case, with what runs now and what is done marked on it.
//
// data-diagram-url   answers {"xml": text, "done": [ids], "active": [{"id", "label"}]}
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

import { lookAt } from "./looking.js";

const ARROWS = { ArrowLeft: "left", ArrowUp: "up", ArrowRight: "right", ArrowDown: "down" };
const STEP = 80;

async function show(element) {
  const { xml, done, active } = await (await fetch(element.dataset.diagramUrl)).json();
  const viewer = new NavigatedViewer({ container: element });
  await viewer.importXML(xml);
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  const registry = viewer.get("elementRegistry");

  for (const id of done) {
    if (registry.get(id)) mark(registry.getGraphics(id), "done");
  }
  for (const { id, label } of active) {
    if (!registry.get(id)) continue;
    mark(registry.getGraphics(id), "active");
    const token = document.createElement("div");
    token.className = "diagram__token";
    token.textContent = label;
    overlays.add(id, { position: { top: -14, left: 8 }, html: token });
  }
  lookAt(canvas, active.map(({ id }) => id).find((id) => registry.get(id)));
  bindButtons(viewer);
  bindArrows(viewer);
}

// bpmn-js writes colours into each element, where no style sheet reaches; so these go there too.
function mark(graphics, state) {
  const shape = graphics.querySelector(".djs-visual > *");
  shape.style.fill = `var(--diagram-${state}-fill)`;
  shape.style.stroke = `var(--diagram-${state}-line)`;
  shape.style.strokeWidth = `var(--diagram-${state}-width)`;
}

function bindButtons(viewer) {
  const zoom = viewer.get("zoomScroll");
  const steps = {
    in: () => zoom.stepZoom(1),
    out: () => zoom.stepZoom(-1),
    fit: () => viewer.get("canvas").zoom("fit-viewport", "auto"),
  };
  for (const button of document.querySelectorAll("[data-diagram-zoom]")) {
    button.hidden = false;
    button.addEventListener("click", steps[button.dataset.diagramZoom]);
  }
}

// The arrows move the drawing that has the focus; bpmn-js wants Ctrl with them, which nobody finds.
function bindArrows(viewer) {
  viewer.get("keyboard").addListener(({ keyEvent }) => {
    const direction = ARROWS[keyEvent.key];
    if (!direction || keyEvent.ctrlKey || keyEvent.metaKey || keyEvent.altKey) return undefined;
    viewer.get("keyboardMove").moveCanvas({ direction, speed: STEP });
    return true;
  });
}

const element = document.querySelector("[data-diagram-url]");
show(element).catch(() => {
  element.textContent = element.dataset.diagramFailed;
});

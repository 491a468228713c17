// Where a diagram is looked at first.
const READABLE = 0.7;

// The whole of it when its words can be read then; else the part around an element.
export function lookAt(canvas, id) {
  const scale = canvas.zoom("fit-viewport", "auto");
  if (scale >= READABLE || id === undefined) return;
  canvas.zoom(READABLE);
  canvas.scrollToElement(id, 200);
}

// What a colleague made of a diagram meanwhile, as lists of the elements by their names.
import { diff } from "bpmn-js-differ";

export async function whatChanged(moddle, before, after, words) {
  const [old, now] = await Promise.all([before, after].map((xml) => moddle.fromXML(xml)));
  const found = diff(old.rootElement, now.rootElement);
  const moved = Object.entries(found._layoutChanged).filter(([id]) => !(id in found._changed));
  const shown = [
    [words.added, names(found._added)],
    [words.changed, names(found._changed)],
    [words.removed, names(found._removed)],
    [words.onlyLayout, names(Object.fromEntries(moved))],
  ]
    .filter(([, named]) => named.length)
    .flatMap(([label, named]) => list(label, named));
  return shown.length ? shown : [paragraph(words.same)];
}

function names(changed) {
  const named = Object.values(changed).map((each) => {
    const element = each.model ?? each;
    return element.name || element.id;
  });
  return [...new Set(named)].filter(Boolean).sort();
}

function list(label, named) {
  const items = document.createElement("ul");
  for (const name of named) {
    const item = document.createElement("li");
    item.textContent = name;
    items.append(item);
  }
  return [paragraph(label), items];
}

function paragraph(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}

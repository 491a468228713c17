// Starts the islands of a page: an element with data-island="<name> ..." gets the script of that
// name. Every page works without them.

const islands = {
  draft: () => import("./islands/draft.js"),
  focus: () => import("./islands/focus.js"),
  questions: () => import("./islands/questions.js"),
};

for (const element of document.querySelectorAll("[data-island]")) {
  for (const name of element.dataset.island.split(" ")) {
    islands[name]().then(({ mount }) => mount(element));
  }
}

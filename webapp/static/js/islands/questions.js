// Shows the questions that an answer calls up. The server says which ones: it knows the conditions.
//
// data-questions-url   answers {"visible": [names]} to a post of the form

export function mount(form) {
  let latest = 0;

  form.addEventListener("change", async () => {
    const turn = ++latest;
    let visible;
    try {
      const response = await fetch(form.dataset.questionsUrl, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json" },
      });
      if (!response.ok) return;
      ({ visible } = await response.json());
    } catch {
      return; // The server asks the rest when the form is sent.
    }
    if (turn !== latest) return;
    const names = new Set(visible);
    for (const field of form.querySelectorAll("[data-field]")) {
      field.hidden = !names.has(field.dataset.field);
    }
  });
}

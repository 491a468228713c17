// Keeps a half-filled form: shortly after the last key the form goes to the address that the button
// "Save draft" posts to. Nothing is checked, so nothing that was typed is refused.
//
// data-draft-url      where to
// data-draft-saved, data-draft-failed   what to say, in the reader's language
const PAUSE_MILLISECONDS = 1200;

export function mount(form) {
  const state = form.querySelector("[data-draft-state]");
  let timer;
  let saving = Promise.resolve();

  const save = async () => {
    let saved = false;
    try {
      const response = await fetch(form.dataset.draftUrl, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json" },
      });
      saved = response.ok;
    } catch {
      saved = false;
    }
    state.textContent = saved ? form.dataset.draftSaved : form.dataset.draftFailed;
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      saving = saving.then(save);
    }, PAUSE_MILLISECONDS);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
}

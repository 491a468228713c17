// Moves the focus to what a reader has to see first, such as the summary of errors.
export function mount(element) {
  element.focus();
}

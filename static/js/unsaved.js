import { $, $$, byId, on } from "./dom.js";

// This file arrives with each page that has such a form, perhaps more than once.
const unsaved = () =>
  $$("form[data-unsaved] .check:not(:disabled)").some((box) => box.checked !== box.hasAttribute("data-was")) ||
  $$("form[data-unsaved] textarea").some((text) => text.value !== text.defaultValue);

// What waits for the answer: how to go on, and how to stay.
let waiting = null;
let passing = false;

// guard holds an event back while something would be lost, and asks.
function guard(event, go, stay = () => {}) {
  if (passing || !unsaved()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if ($("dialog [data-discards]")) return;
  waiting = { answer: stay, go };
  byId("modal-root").append(byId("tpl-unsaved").content.cloneNode(true));
  document.dispatchEvent(new Event("dialog-added"));
}

// The address tells what the list shows, whatever was chosen since.
function restore(form) {
  const shown = new URLSearchParams(location.search);
  for (const control of $$("input, select", form)) control.value = shown.get(control.name) ?? control.options?.[0].value ?? "";
}

if (!window.latchkeyUnsaved) {
  window.latchkeyUnsaved = true;

  on("click", "dialog [data-discards]", (button) => {
    waiting.answer = waiting.go;
    button.closest("dialog").close();
  });

  on("close", "dialog:has([data-discards])", () => {
    const { answer, go } = waiting;
    waiting = null;
    passing = answer === go;
    answer();
    passing = false;
  }, true);

  // A link that opens elsewhere loses nothing, and neither does one within the
  // page. What opens a dialog is asked about before: what is saved there brings a
  // fresh page.
  on("click", ":is(a[href], button[hx-post]):not([href^='#'], [target], [download], [data-discards], dialog *)", (source, event) => {
    if (!(event.ctrlKey || event.metaKey || event.shiftKey)) guard(event, () => source.click());
  }, true);

  on("submit", "form:not([data-unsaved], [hx-swap=none], dialog *)", (form, event) => {
    const { submitter } = event;
    guard(event, () => form.requestSubmit(submitter), () => form.reset());
  }, true);

  on("input", "form[data-filters]", (form, event) => guard(event, () => form.requestSubmit(), () => restore(form)), true);
}

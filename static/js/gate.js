import { $, $$, byId, hide, label, on, write } from "./dom.js";
import { dateFaults } from "./dates.js";

const NAME_LIMIT = 253;
const edited = new WeakSet();
const touched = new WeakSet();

// fault returns what is wrong with the value of a control, or "".
function fault(control) {
  const value = control.type === "checkbox" ? (control.checked ? "on" : "") : control.value.trim();
  const isName = control.name === "name";
  if (control.required && !value) {
    return control.dataset.need ?? (isName ? "Add a name to save." : `${label(control)} is missing.`);
  }
  const limit = Number(control.dataset.max ?? (isName ? NAME_LIMIT : 0));
  if (limit && [...value].length > limit) {
    return `${isName ? "The name" : label(control)} is longer than ${limit} characters.`;
  }
  return control.validity.valid ? "" : control.dataset.wrong ?? control.validationMessage;
}

// A fault is shown once the field was left; one of length or date at once. An
// error from the server stays until its field is edited.
function show(control, text, atOnce) {
  control.setCustomValidity(text);
  const box = byId(`${control.id}-err`);
  if (!box || box.hasAttribute("data-server")) return;
  const visible = Boolean(text) && (touched.has(control) || (atOnce && control.value !== ""));
  box.hidden = !visible;
  write($("span", box), visible ? text : "");
  if (visible) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
}

function refreshGate(form) {
  const reasons = [];
  const dates = dateFaults(form);
  for (const control of form.elements) {
    if (!control.willValidate || dates.has(control) || control.matches("[data-match]")) continue;
    control.setCustomValidity("");
    const text = fault(control);
    show(control, text, text.includes("longer"));
    if (text) reasons.push(text);
  }
  for (const group of $$("[data-require-one]", form)) {
    if (!$("input:checked", group)) reasons.push(group.dataset.need ?? "Choose at least one scope to save.");
  }
  for (const [input, text] of dates) {
    show(input, text, true);
    if (text) reasons.push(input.value || input.validity.badInput ? "Fix the dates to save." : "Choose an end to save.");
  }
  const typed = $("[data-match]", form);
  const matches = !typed || typed.value === typed.dataset.match;
  for (const save of $$("[data-save]", form)) save.disabled = reasons.length > 0 || !matches;
  const why = $("[data-why]", form);
  write(why, (!typed && reasons[0]) || why?.dataset.why || "");
}

export function refreshGates() {
  for (const form of $$("form[data-gate]")) refreshGate(form);
  for (const picker of $$("[data-scopes]")) refreshScopes(picker);
}

// focusFirstFault goes to the first field that the server refused.
export function focusFirstFault() {
  const bad = $("dialog[open] [aria-invalid=true]") ?? $("main [aria-invalid=true]");
  (bad?.matches("input, select, textarea") ? bad : bad && $("input", bad))?.focus();
}

function edit(_, { target }) {
  edited.add(target);
  byId(`${target.id}-err`)?.removeAttribute("data-server");
  const picker = target.closest("[data-scopes]");
  if (picker) hide(byId(`${picker.id}-err`), true);
  refreshGates();
}
on("input", "form[data-gate]", edit);
on("change", "form[data-gate]", edit);

on("focusout", "form[data-gate] :is(input, select, textarea)", (control) => {
  if (!edited.has(control)) return;
  touched.add(control);
  refreshGates();
});

function refreshScopes(picker) {
  write($("[data-count-of]", picker), `${$$(".optrow :checked", picker).length} selected`);
  const more = $$(".optrow :checked:not([data-was])", picker).length;
  const less = $$("[data-was]:not(:checked)", picker).length;
  write($("[data-diff]", picker), [more && `+${more}`, less && `−${less}`].filter(Boolean).join(", "));
}

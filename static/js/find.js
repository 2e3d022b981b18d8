import { $, $$, byId, on, say } from "./dom.js";

// The search for anything is a combobox: the focus stays in its field, and the
// arrows choose among what was found.
const secret = /~lk_|lk_[0-9A-Za-z]{16,}/;
const listOf = (field) => byId(field.getAttribute("aria-controls"));
const options = (field) => $$("[role=option]", listOf(field));

function choose(field, chosen) {
  for (const option of options(field)) option.ariaSelected = option === chosen;
  if (chosen) field.setAttribute("aria-activedescendant", chosen.id);
  else field.removeAttribute("aria-activedescendant");
  chosen?.scrollIntoView({ block: "nearest" });
}

function show(field, yes) {
  const list = listOf(field);
  if (list.matches(":popover-open") !== yes) list.togglePopover(yes);
  field.setAttribute("aria-expanded", yes);
  if (!yes) choose(field, null);
}

// A secret goes nowhere, not even to the server.
on("input", "[data-find]", (field, event) => {
  if (secret.test(field.value)) {
    event.stopImmediatePropagation();
    field.value = "";
    listOf(field).replaceChildren(byId("tpl-find-secret").content.cloneNode(true));
    show(field, true);
    say($("p", listOf(field)).textContent);
  } else if (!field.value.trim()) show(field, false);
}, true);

document.addEventListener("htmx:after:swap", () => {
  const field = $("[data-find]"), found = field && $("[data-found]", listOf(field));
  if (!found || found.dataset.said || document.activeElement !== field || !field.value.trim()) return;
  found.dataset.said = "yes";
  show(field, true);
  choose(field, null);
  say(found.textContent);
});

on("keydown", "[data-find]", (field, event) => {
  const list = options(field), at = list.findIndex((option) => option.ariaSelected === "true");
  const open = listOf(field).matches(":popover-open");
  if (event.key === "Escape") {
    if (open || field.value) event.preventDefault();
    if (!open) field.value = "";
    show(field, false);
  } else if (event.key === "Enter" && open && list[at]) {
    event.preventDefault();
    show(field, false);
    list[at].click();
  } else if (["ArrowDown", "ArrowUp"].includes(event.key) && list.length) {
    event.preventDefault();
    show(field, true);
    const next = event.key === "ArrowDown" ? (at + 1) % list.length : (at < 1 ? list.length : at) - 1;
    choose(field, list[next]);
  }
});

on("focusout", "#search-form", (form, event) => {
  if (!form.contains(event.relatedTarget)) show($("[data-find]", form), false);
});
on("click", "#search-form [role=option]", (option) => show($("[data-find]"), false));

on("keydown", "*", (_, event) => {
  if (event.key?.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
  const field = $("[data-find]");
  if (!field || $("dialog:modal")) return;
  event.preventDefault();
  if (!field.checkVisibility()) byId("side")?.showPopover();
  field.focus();
  field.select();
});

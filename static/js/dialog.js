import { $, $$, byId, on, placeRegions } from "./dom.js";
import { mayLeave, wipe } from "./secret.js";

// The ids of what gets the focus back: what had it before the first dialog, and
// what the last one names instead.
let home = null;

// giveBack gives the focus back when no dialog is left, and reports whether it
// did. A swap may have replaced what had it by its like.
export function giveBack() {
  if (!home || $("dialog[open]")) return false;
  const found = home.map(byId).find((element) => element?.checkVisibility() && !element.disabled);
  home = null;
  found?.focus();
  return Boolean(found);
}

// openModals opens the dialogs that the server rendered. The focus starts on
// what asks for it, else on the title.
export function openModals() {
  for (const dialog of $$("dialog[data-modal]:not([open])")) {
    home = [home?.[0] ?? document.activeElement.id, dialog.dataset.return];
    dialog.showModal();
    ($("[autofocus]", dialog) ?? $("h2[tabindex]", dialog))?.focus();
  }
  placeRegions();
}

function close(dialog) {
  if (!dialog.matches("[data-guard]") || mayLeave(dialog)) dialog.close();
}

on("click", "dialog [data-close]", (button) => close(button.closest("dialog")));
on("click", "dialog[data-light]", (dialog, event) => { if (event.target === dialog) dialog.close(); });

on("keydown", "*", (_, event) => {
  const guard = event.key === "Escape" && $("dialog[data-guard][open]");
  if (!guard) return;
  event.preventDefault();
  close(guard);
}, true);

on("close", "dialog[data-modal]", (dialog) => {
  wipe(dialog);
  placeRegions();
  dialog.remove();
  giveBack();
}, true);

import { $, $$, byId, on, placeRegions } from "./dom.js";
import { mayLeave, wipe } from "./secret.js";

// The ids of what gets the focus back: what had it before the first dialog, and
// what the last one names instead.
let home = null;

const usable = (element) => element?.checkVisibility() && !element.disabled;

function inSight(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

// giveBack gives the focus back when no dialog is left, and reports whether it
// did. A swap may have replaced what had it by its like. The page does not jump to
// what stands in for it and is far away.
export function giveBack() {
  if (!home || $("dialog[open]")) return false;
  const found = home.map(byId).find(usable);
  found?.focus({ preventScroll: found.id !== home[0] && !inSight(found) });
  home = null;
  return Boolean(found);
}

// stay keeps the focus in the dialog below one that was closed: what had it was
// disabled when that opened.
function stay() {
  const below = $$("dialog[open]").at(-1);
  if (below && !below.contains(document.activeElement)) [$("[data-save]", below), $("h2[tabindex]", below)].find(usable)?.focus();
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
  stay();
  giveBack();
}, true);

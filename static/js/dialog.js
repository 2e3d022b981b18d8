import { $, $$, byId, on, placeRegions } from "./dom.js";
import { mayLeave, wipe } from "./secret.js";

// openModals opens the dialogs that the server rendered. The focus starts on
// what asks for it, else on the title.
export function openModals() {
  for (const dialog of $$("dialog[data-modal]:not([open])")) {
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
  byId(dialog.dataset.return)?.focus();
}, true);

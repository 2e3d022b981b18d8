import { $, $$, byId, hide, on, say } from "./dom.js";

const SHOWN_FOR = 5 * 60 * 1000;
const watched = new WeakSet();
const safe = new WeakSet();
const asked = new WeakSet();

const guardOf = (element) => element.closest("[data-guard]");
const isSafe = (guard) => safe.has(guard) || Boolean($("[data-ack]", guard)?.checked);

// markSafe notes that the secret beside the element is in someone's hands.
export function markSafe(element) {
  const guard = guardOf(element);
  if (guard) safe.add(guard);
  refreshGuards();
}

// mayLeave asks once for a secret that was neither copied nor acknowledged.
export function mayLeave(guard) {
  if (isSafe(guard) || asked.has(guard)) return true;
  asked.add(guard);
  const ask = $("[data-ask]", guard);
  hide(ask, false);
  say(ask.textContent.trim());
  $("[data-ack]", guard)?.focus();
  return false;
}

export function refreshGuards() {
  for (const guard of $$("[data-guard]")) {
    const done = $("button[data-done]", guard);
    if (done) done.disabled = !isSafe(guard);
    if (isSafe(guard)) hide($("[data-ask]", guard), true);
  }
  for (const element of $$("[data-secret]")) {
    if (watched.has(element)) continue;
    watched.add(element);
    setTimeout(() => expire(element), SHOWN_FOR);
  }
}

function expire(element) {
  if (!element.isConnected) return;
  wipe(document);
  markSafe(element);
  say("What was shown once is hidden.");
}

// wipe leaves no copy of a secret in the document, not even as the value that
// a form would be reset to.
export function wipe(root) {
  for (const element of $$("[data-secret]", root)) {
    element.value = element.defaultValue = "";
    element.textContent = "";
  }
  for (const gone of $$("[data-secret-gone]", root)) hide(gone, false);
  for (const button of $$("[data-secret-copy], [data-download]", root)) button.disabled = true;
}

addEventListener("pagehide", () => wipe(document));
addEventListener("pageshow", (event) => { if (event.persisted) wipe(document); });

on("change", "[data-ack]", refreshGuards);
on("copy", "[data-secret]", markSafe);

function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  say(`${name} downloaded.`);
}

// The file is made here, so that the secret never travels a second time.
on("click", "[data-download]", (button) => {
  const { download, variable, filename } = button.dataset;
  const text = byId(download)?.value ?? "";
  if (!text) return;
  save(filename, `${variable}=${text}\n`);
  markSafe(button);
});

// A form that is answered with a file has it saved from here: of a download of its
// own the browser tells the page neither when it ends nor how.
document.addEventListener("htmx:after:request", (event) => {
  const { response, text } = event.detail.ctx;
  const name = /^attachment; filename="([^"]+)"$/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  if (!name) return;
  event.preventDefault();
  for (const dialog of $$("dialog[open]")) dialog.close();
  save(name, text);
  document.body.dispatchEvent(new Event("downloaded"));
});

// A secret on a page of its own is left by a link instead of a dialog's close.
on("click", "a[href]:not([download], [target])", (link, event) => {
  const guard = $("[data-guard]:not(dialog)");
  if (!guard || mayLeave(guard)) return;
  event.preventDefault();
  event.stopPropagation();
}, true);

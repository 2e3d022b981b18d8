import { $, $$, byId, on, say } from "./dom.js";
import { markSafe } from "./secret.js";

const read = (element) => element?.value ?? element?.textContent.trim() ?? "";

// Plain HTTP has no clipboard API, so the older command follows it. A modal
// dialog is the only place that can be selected in while it is open.
async function put(text, near) {
  try {
    if (window.isSecureContext && navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch { /* not allowed: try the other way */ }
  const field = document.createElement("textarea");
  field.className = "vh";
  field.readOnly = true;
  field.value = text;
  (near.closest("dialog") ?? document.body).append(field);
  field.select();
  let done = false;
  try { done = document.execCommand("copy"); } catch { /* done stays false */ }
  field.remove();
  near.focus();
  return done;
}

function select(element) {
  if (element.select) {
    element.focus();
    element.select();
  } else {
    getSelection().selectAllChildren(element);
  }
}

function mark(button, icon) {
  const { href } = $("use", button);
  href.baseVal = href.baseVal.replace(/\w+$/, icon);
}

async function copy(button, text, source, what) {
  if (!text) return;
  if (!(await put(text, button))) {
    if (source) select(source);
    say("Press Control C to copy.");
    return;
  }
  mark(button, "check");
  setTimeout(mark, 1600, button, "copy");
  if (button.matches("[data-secret-copy]")) markSafe(button);
  say(`${what} copied.`);
}

on("click", "[data-copy]", (button) => {
  const source = byId(button.dataset.copy) ?? $("[data-copy-source]", button.parentElement);
  copy(button, button.dataset.text ?? read(source), source, button.dataset.what ?? "Text");
});

on("click", "[data-copy-guids]", (button) => {
  const rows = $$("[data-row]:checked", button.closest("[data-list]"));
  const what = rows.length === 1 ? "1 GUID" : `${rows.length} GUIDs`;
  copy(button, rows.map((row) => row.value).join("\n"), null, what);
});

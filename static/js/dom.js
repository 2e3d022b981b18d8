export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
export const byId = (id) => (id ? document.getElementById(id) : null);

// Listeners sit on the document, so what a swap brings in needs no binding.
export function on(type, selector, act, capture = false) {
  document.addEventListener(type, (event) => {
    const element = event.target.closest?.(selector);
    if (element) act(element, event);
  }, capture);
}

export const label = (control) => control.labels?.[0]?.firstChild?.textContent.trim() ?? control.name;
export const hide = (element, yes) => { if (element) element.hidden = yes; };

// say makes assistive technology read the text out, even the same text twice.
export function say(text) {
  const live = byId("live");
  if (!live) return;
  live.textContent = "";
  requestAnimationFrame(() => { live.textContent = text; });
}

// write leaves an unchanged text alone: a status region would be read again.
export function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

// What lies outside a modal dialog is inert: it is neither announced nor
// clickable. The regions for both therefore live in the topmost dialog.
export function placeRegions(home) {
  const place = home ?? $$("dialog:modal").at(-1) ?? document.body;
  for (const region of $$("#toasts, #live")) {
    if (region.parentElement !== place) place.append(region);
  }
}

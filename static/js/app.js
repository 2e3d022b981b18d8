// Everything here is an addition: each page works without it. It needs no
// inline handler, no evaluated text and no style attribute, so the strictest
// content security policy holds.
import "./copy.js";
import "./find.js";
import "./scopes.js";
import { $, $$, byId, on, placeRegions, say } from "./dom.js";
import { giveBack, openModals } from "./dialog.js";
import { refreshGuards } from "./secret.js";
import { focusFirstFault, refreshGates } from "./gate.js";
import { syncSelections } from "./list.js";

const listen = (type, act) => document.addEventListener(type, act);
listen("dialog-added", openModals);
const seen = new WeakSet();
const isNew = (element) => !seen.has(element) && Boolean(seen.add(element));

// settle brings the page into step with what has just arrived.
function settle() {
  openModals();
  armToasts();
  syncSelections();
  refreshGates();
  refreshGuards();
  for (const here of $$(".subnav [aria-current]").filter(isNew)) {
    here.closest(".subnav").scrollLeft = here.offsetLeft - 16; // where it is a row that scrolls
  }
  for (const element of $$("[data-announce]")) {
    if (element.dataset.announce && isNew(element)) say(element.dataset.announce);
  }
}

// A toast goes by itself, but not from under the pointer or the focus.
function armToasts() {
  for (const toast of $$(".toast[data-ttl]").filter(isNew)) {
    const go = () => {
      if (toast.matches(":hover, :focus-within")) setTimeout(go, 1000);
      else toast.remove();
    };
    setTimeout(go, toast.dataset.ttl);
  }
}
on("click", "[data-dismiss]", (button) => button.closest(".toast")?.remove());

// Enter alone begins a new line in a text of several.
on("keydown", "form[data-ctrl-enter]", (form, event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit();
});

// The server keeps the choice; this only spares the wait for its answer.
on("click", "[data-theme-set]", (button) => {
  const theme = button.dataset.themeSet, root = document.documentElement;
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
  $("meta[name=color-scheme]")?.setAttribute("content", root.dataset.theme ?? "light dark");
});

// The server cannot know the zone of a visitor before this told it.
function rememberZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (document.cookie.split("; ").includes(`zone=${zone}`)) return;
  document.cookie = `zone=${zone}; path=/; max-age=31536000; SameSite=Lax`;
}

function genericError() {
  const template = byId("tpl-error"), box = byId("toasts");
  if (template && box && !$("[data-generic]", box)) box.append(template.content.cloneNode(true));
}

// An error brings its own words: a toast as a partial, content that the source
// element asks for by hx-status, or, where a whole page was asked for, a page
// of ours. A proxy's error brings none of them. A 401 with HX-Redirect needs no
// word, because htmx follows it whatever the status.
listen("htmx:response:error", ({ detail: { ctx } }) => {
  const { hx, request, response, sourceElement: source, text = "" } = ctx, asked = `hx-status:${response.status}`;
  if (hx.redirect || hx.refresh || text.includes("<hx-partial") || source.hasAttribute(asked)) return;
  const page = request.headers["HX-Request-Type"] === "full" && text.includes('id="main"');
  if (page) source.setAttribute(asked, "swap:innerHTML");
  else genericError();
});
// What broke off may have been done: who waits for a file looks at what became of it.
listen("htmx:error", ({ detail }) => {
  if (!detail?.ctx) return;
  genericError();
  document.body.dispatchEvent(new Event("downloaded"));
});

// A swap may throw the dialog away in which the regions are, and what has the
// focus: that goes to where the outcome is said.
let focused = null;
listen("htmx:before:swap", () => {
  placeRegions(document.body);
  focused = document.activeElement;
});
listen("htmx:after:swap", ({ detail }) => {
  settle();
  const returned = giveBack();
  if (focused && !focused.isConnected && document.activeElement === document.body) $("[data-outcome]")?.focus({ preventScroll: true });
  focused = null;
  if ([409, 422].includes(detail?.ctx?.response?.status)) focusFirstFault();
  const panel = $(".panel");
  if (panel && isNew(panel) && !returned) $("[tabindex='-1']", panel)?.focus();
  if (filterRemoved && document.activeElement === document.body) ($(".chip a") ?? $("main [role=search] input:not([type=hidden])"))?.focus();
  filterRemoved = false;
  if (!panel && rowOfPanel) {
    (byId(rowOfPanel) ?? byId("main"))?.focus();
    rowOfPanel = null;
  }
});
// htmx enables what it disabled after this event, without asking the gate.
listen("htmx:finally:request", () => setTimeout(refreshGates));

// The mark of a filter that was removed took the focus with it.
let filterRemoved = false;
on("click", ".chip a, .chips > .link-btn", () => { filterRemoved = true; });

let rowOfPanel = null;
on("click", "[data-panel-close]", (link) => { rowOfPanel = link.dataset.return; }, true);

rememberZone();
settle();
$$(".panel").forEach(isNew);
if ($(".page-form, .auth")) focusFirstFault();

import { $, $$, byId, hide, on, say, write } from "./dom.js";

// syncSelections makes the bar and the head of every list agree with its rows.
export function syncSelections() {
  for (const list of $$("[data-list]")) sync(list);
}

function sync(list) {
  const rows = $$("[data-row]", list), n = rows.filter((row) => row.checked).length;
  const whole = n > 0 && n === rows.length;
  const all = $("[data-all]", list);
  if (all) {
    all.checked = whole;
    all.indeterminate = n > 0 && !whole;
  }
  const offer = $("[data-all-match]", list), everything = offer && $("input", offer);
  hide(offer, !whole);
  if (everything && !whole) everything.checked = false;
  $("[data-bulk]", list)?.toggleAttribute("data-on", n > 0);
  write($("[data-bulk-n]", list), everything?.checked ? everything.dataset.selected : `${n} selected`);
}

const listOf = (element) => element.closest("[data-list]");

let last = null;
on("click", "[data-row]", (box, event) => {
  const list = listOf(box), rows = $$("[data-row]", list);
  if (event.shiftKey && rows.includes(last)) {
    const [from, to] = [rows.indexOf(last), rows.indexOf(box)].sort((a, b) => a - b);
    for (const row of rows.slice(from, to + 1)) row.checked = box.checked;
  }
  last = box;
  sync(list);
});

function tick(list, checked) {
  for (const row of $$("[data-row]", list)) row.checked = checked;
  sync(list);
}
on("change", "[data-all]", (box) => {
  tick(listOf(box), box.checked);
  say(box.checked ? "All rows on this page selected." : "Selection cleared.");
});
on("change", "[data-all-match] input", (box) => sync(listOf(box)));
on("click", "[data-clear]", (button) => {
  const list = listOf(button);
  tick(list, false);
  $("[data-all]", list)?.focus();
});

// A ticked row belongs to one form; others that are about the ticked rows get
// them here.
on("formdata", "[data-ticked]", (form, { formData }) => {
  for (const row of $$("[data-row]:checked", listOf(form))) if (row.form !== form) formData.append("guid", row.value);
});

// Neither an empty filter nor a secret has a place in an address. Both the
// browser and htmx read a form by this event.
on("formdata", "form[role=search]", (_, { formData }) => {
  const all = [...formData];
  for (const [name] of all) formData.delete(name);
  for (const [name, value] of all) if (value) formData.append(name, value.split("~lk_")[0]);
});

on("change", "[data-autosubmit]", (control) => control.form?.requestSubmit());

on("keydown", "*", (_, event) => {
  const elsewhere = "dialog[open], :popover-open, :is(input, select, textarea):focus";
  if (event.key === "Escape" && !event.defaultPrevented && !$(elsewhere)) $("[data-panel-close]")?.click();
});

on("keydown", ".menu:not(.cal)", (menu, event) => {
  if (!["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  const items = $$("a[href], button:not(:disabled), input:not([type=hidden])", menu), at = items.indexOf(document.activeElement);
  const next = { Home: 0, End: -1, ArrowDown: (at + 1) % items.length, ArrowUp: at < 1 ? -1 : at - 1 }[event.key];
  items.at(next)?.focus();
});

// One menu serves all rows. Before the browser opens it, it is filled with what the
// row offers; where another row had opened it, it is closed first.
let opener = null;
on("click", "[data-menu]", (button) => {
  const menu = button.popoverTargetElement, { innerHTML, dataset } = byId(button.dataset.menu);
  if (opener !== button) menu.hidePopover();
  opener = button;
  menu.innerHTML = innerHTML.replaceAll(dataset.guid, button.id.replace("more-", ""));
  htmx.process(menu);
}, true);

// A menu has done its work when something in it was chosen.
on("click", ".menu:not(.cal) :is(a[href], button)", (item) => item.closest("[popover]")?.hidePopover());

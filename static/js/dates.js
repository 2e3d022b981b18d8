import { $, $$, byId, hide, label, on, write } from "./dom.js";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

// Everything here is wall time in the zone of the reader's account, counted as
// if it were UTC, so that neither the browser's zone nor its clock matters.
const served = Date.parse(`${document.documentElement.dataset.now}Z`);
const received = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
const now = () => Math.floor((served + performance.now() - received) / MINUTE) * MINUTE;

const format = (time) => new Date(time).toLocaleString("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: "UTC",
});

// dateFaults returns what is wrong with each date of the form, as pairs.
export function dateFaults(form) {
  const from = $("[name=valid_from]", form), to = $("[name=valid_to]", form);
  const faults = new Map();
  const fresh = (input) => input.value !== (input.dataset.old ?? "");
  for (const input of $$("input[type=datetime-local]", form)) {
    const past = input !== from && input.value && input.valueAsNumber <= now() && fresh(input);
    faults.set(input, input.validity.badInput ? "Enter the whole date and time." : past ? `${label(input)} must be in the future.` : "");
  }
  const start = from?.valueAsNumber || 0, end = to?.valueAsNumber || 0;
  if (start && start < now() && fresh(from)) faults.set(from, "Valid from can’t be in the past.");
  if (to?.required && !end) faults.set(to, "Choose a date.");
  else if (start && end && end <= start && !faults.get(to)) faults.set(to, "Valid to must be later than Valid from.");
  else if (to?.max && fresh(to) && (!end || to.value > to.dataset.latest) && !faults.get(to)) faults.set(to, to.dataset.limit);
  sumUp(form, start, end, [...faults.values()].some(Boolean));
  return faults;
}

function sumUp(form, start, end, faulty) {
  const line = $("[data-validity]", form);
  hide(line, faulty);
  if (line && !faulty) write(line, `${start ? `Active from ${format(start)}` : line.dataset.begin}, ${end ? `until ${format(end)}.` : "with no end date."}`);
}

// fill is for what is chosen beside a field: never more than its limit.
const fill = (input, text) => {
  const { latest } = input.dataset;
  input.value = latest && text > latest ? latest : text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
};

function press(form, pressed) {
  for (const preset of $$("[data-preset]", form)) preset.setAttribute("aria-pressed", String(preset === pressed));
}

on("input", "[name=valid_to], [name=valid_from]", (input) => press(input.form, null));

on("click", "[data-preset]", (button) => {
  const { form } = button, to = $("[name=valid_to]", form), days = Number(button.dataset.preset);
  const start = $("[name=valid_from]", form)?.valueAsNumber || 0;
  fill(to, days ? new Date(Math.max(start, now()) + days * DAY).toISOString().slice(0, 16) : "");
  press(form, button);
});

on("beforetoggle", ".cal", (pop, event) => {
  const calendar = $("calendar-date", pop), input = byId(calendar?.dataset.for);
  if (event.newState !== "open" || !input) return;
  calendar.value = input.value.slice(0, 10);
  title(calendar, new Date(calendar.value || now()));
}, true);

on("change", "calendar-date[data-for]", (calendar) => {
  const input = byId(calendar.dataset.for);
  calendar.closest("[popover]")?.hidePopover();
  input.focus();
  fill(input, `${calendar.value}T${input.value.slice(11) || calendar.dataset.time}`);
}, true);

on("focusday", "calendar-date", (calendar, event) => { if (event.target === calendar) title(calendar, event.detail); }, true);

function title(calendar, day) {
  write($("[data-cal-h]", calendar), day.toLocaleDateString("en-GB", { month: "long", year: "numeric", timeZone: "UTC" }));
}

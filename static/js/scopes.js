import { $, $$, hide, on, say } from "./dom.js";

on("input", "[data-scope-search]", (search) => {
  const picker = search.closest("[data-scopes]");
  const words = search.value.toLowerCase().split(/\s+/);
  let found = 0;
  for (const group of $$("[data-scope-group]", picker)) {
    let here = 0;
    for (const row of $$(".optrow", group)) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) here++;
    }
    group.hidden = here === 0;
    found += here;
  }
  hide($("[data-scope-none]", picker), found > 0);
  say(found ? `${found} found.` : `No ${picker.dataset.scopes} matches.`);
});

// Enter in the search must not save the form around it.
on("keydown", "[data-scope-search]", (_, event) => { if (event.key === "Enter") event.preventDefault(); });

on("click", "[data-scope-preset]", (button) => {
  const picker = button.closest("[data-scopes]"), wanted = button.dataset.scopePreset.split(",");
  const boxes = $$(".optrow input:not(:disabled)", picker);
  for (const box of boxes) box.checked = wanted.includes(box.value);
  boxes[0]?.dispatchEvent(new Event("change", { bubbles: true }));
  say($("[data-count-of]", picker)?.textContent ?? "");
});

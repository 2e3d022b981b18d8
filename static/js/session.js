import { $, $$, say, write } from "./dom.js";

// This file arrives with the word that a session is over, perhaps more than once.
// renew makes the forms of a page good again after its session ended and the
// same person signed in in another tab: they keep what was typed into them.
async function renew() {
  const over = $("#session-over .toast");
  if (!over || document.hidden) return;
  const answer = await fetch("/account/preferences", { headers: { "HX-Request-Type": "partial" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = $("[name=csrf]", page)?.value;
  if (!fresh || !over.isConnected) return;
  if (page.documentElement.dataset.user !== document.documentElement.dataset.user) {
    write($("p", over), over.dataset.other);
    return;
  }
  for (const input of $$("[name=csrf]")) input.value = fresh;
  const focused = over.contains(document.activeElement);
  over.remove();
  if (focused) ($("dialog[open] h2[tabindex]") ?? $("main"))?.focus();
  say("You are signed in again. What you typed can be saved now.");
}

addEventListener("focus", renew);
document.addEventListener("visibilitychange", renew);
setTimeout(renew);

// Passkeys, on the pages that ask for one. A button names where its question
// comes from; the answer goes with the form around it. This file may arrive
// more than once, with each dialog that needs it.
const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const encode = (data) => btoa(String.fromCharCode(...new Uint8Array(data))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const named = (list) => list?.map((one) => ({ ...one, id: decode(one.id) }));

async function ask(button, form) {
  const reply = await fetch(button.dataset.question, {
    method: "POST", redirect: "error", headers: { "X-CSRF-Token": form.elements.csrf.value },
  });
  if (!reply.ok) throw new Error("no question");
  const { publicKey } = await reply.json();
  publicKey.challenge = decode(publicKey.challenge);
  publicKey.allowCredentials = named(publicKey.allowCredentials);
  publicKey.excludeCredentials = named(publicKey.excludeCredentials);
  if (publicKey.user) publicKey.user.id = decode(publicKey.user.id);
  return navigator.credentials[button.dataset.passkey]({ publicKey });
}

function written({ id, rawId, type, response }) {
  const parts = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = encode(response[name]);
  }
  return JSON.stringify({ id, rawId: encode(rawId), type, response: parts, clientExtensionResults: {} });
}

async function prove(button) {
  const form = button.closest("form"), problem = form.querySelector("[data-passkey-problem]");
  problem.hidden = true;
  button.disabled = true;
  try {
    form.querySelector("[data-passkey-answer]").value = written(await ask(button, form));
    form.requestSubmit();
  } catch {
    problem.hidden = false;
  } finally {
    button.disabled = false;
  }
}

if (!window.latchkeyPasskeys) {
  window.latchkeyPasskeys = true;
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-passkey]");
    if (button) prove(button);
  });
}

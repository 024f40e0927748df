// Unsaved text: <form data-draft="name"> is kept on the server while one types, and not lost with the session.
"use strict";

(() => {
  const PAUSE = 1500;
  const TRUST = 5 * 60 * 1000; // how long the session is taken for granted after an answer
  const waiting = new Map();
  let lastAnswer = Date.now();
  let isLost = false;

  const token = (form) => form.elements.draft?.value || form.dataset.draftToken;

  function body(form) {
    const found = new URLSearchParams();
    for (const [name, value] of new FormData(form))
      if (typeof value === "string" && form.elements[name]?.type !== "password") found.append(name, value);
    return found;
  }

  async function save(form, more = {}) {
    clearTimeout(waiting.get(form));
    waiting.delete(form);
    const query = new URLSearchParams({ form: form.dataset.draft, token: token(form) });
    const headers = { "HX-Request": "true", "X-CSRFToken": etap.token };
    try {
      const answer = await fetch(`/drafts/?${query}`, { method: "POST", body: body(form), headers, ...more });
      if (answer.ok) lastAnswer = Date.now();
      if (answer.status === 401 || answer.status === 400) lose();
      return answer.ok;
    } catch {
      return false;
    }
  }

  function lose() {
    if (isLost) return;
    isLost = true;
    etap.toast(etap.texts.session_ended, "danger");
    const place = document.querySelector("#toasts [data-toast]:last-child .toast-text");
    const link = Object.assign(document.createElement("a"), { href: "/login/", target: "_blank", textContent: etap.texts.log_in });
    link.className = "btn btn-sm";
    place?.append(" ", link);
  }

  async function findSession() {
    if (!isLost) return;
    const answer = await fetch("/drafts/token", { headers: { "HX-Request": "true", Accept: "application/json" } });
    if (!answer.ok) return;
    etap.token = (await answer.json()).token;
    for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = etap.token;
    isLost = false;
    lastAnswer = Date.now();
    document.querySelectorAll("#toasts .toast-danger").forEach((toast) => toast.remove());
    etap.toast(etap.texts.session_back, "success");
    for (const form of document.querySelectorAll("form[data-draft]")) if (form.dataset.typed) save(form);
  }

  function changed(event) {
    const form = event.target.form?.closest?.("form[data-draft]");
    if (!form || !token(form)) return;
    form.dataset.typed = "true";
    clearTimeout(waiting.get(form));
    waiting.set(form, setTimeout(save, PAUSE, form));
  }

  for (const kind of ["input", "change"]) document.addEventListener(kind, changed);

  for (const kind of ["focus", "pageshow"]) window.addEventListener(kind, findSession);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return findSession();
    for (const form of [...waiting.keys()]) save(form, { keepalive: true });
  });
  window.addEventListener("pagehide", () => {
    for (const form of [...waiting.keys()]) save(form, { keepalive: true });
  });

  // A form is sent only into a session that lives; otherwise its text would end at the login.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-draft]") || event.defaultPrevented) return;
    const isSure = form.dataset.asked || (!isLost && Date.now() - lastAnswer < TRUST);
    if (isSure) {
      delete form.dataset.asked;
      clearTimeout(waiting.get(form));
      waiting.delete(form);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (isLost) await findSession();
    await save(form);
    if (isLost) return;
    form.dataset.asked = "true";
    form.requestSubmit(event.submitter);
  }, true);
})();

// A conflict: the field below shows whether it counts; changing it means that mine does.
(() => {
  const choices = (form) => [...form.querySelectorAll("input[type=radio][name^='take-']:checked")];
  const fieldOf = (form, radio) => {
    const field = form.elements[radio.name.slice(5)];
    return (field instanceof RadioNodeList ? field[0] : field)?.closest(".form-field");
  };
  const show = (form) => {
    for (const radio of choices(form)) fieldOf(form, radio)?.classList.toggle("is-overruled", radio.value === "theirs");
  };

  etap.ready((root) => {
    for (const form of etap.all(root, "form:has(.conflict)")) show(form);
  });

  for (const kind of ["input", "change"])
    document.addEventListener(kind, (event) => {
      const { form, name = "" } = event.target;
      if (!form?.querySelector?.(".conflict")) return;
      const mine = form.querySelector(`input[name="take-${CSS.escape(name)}"][value=mine]`);
      if (mine) mine.checked = true;
      show(form);
    });
})();

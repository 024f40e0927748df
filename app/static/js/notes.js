// Notes and files: mentions by a picker, files by button, drop and paste.
"use strict";

// <textarea data-mention="#picker">: typing @ goes to the picker, a choice comes back as @name.
(() => {
  function insert(text, words) {
    const start = text.selectionStart;
    const before = text.value.slice(0, start).replace(/@$/, "");
    const gap = before && !/\s$/.test(before) ? " " : "";
    text.value = `${before}${gap}${words} ${text.value.slice(start)}`;
    text.selectionStart = text.selectionEnd = before.length + gap.length + words.length + 1;
    text.focus();
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  etap.ready((root) => {
    for (const text of etap.all(root, "textarea[data-mention]")) {
      const picker = document.querySelector(text.dataset.mention);
      if (!picker || text.dataset.mentions) continue;
      text.dataset.mentions = "true";
      picker.addEventListener("change", () => {
        if (!picker.value) return;
        insert(text, `@${picker.value}`);
        picker.tomselect?.clear(true);
        picker.tomselect?.control_input.removeAttribute("aria-activedescendant");
      });
      picker.tomselect?.control_input.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        text.focus();
      });
      text.addEventListener("input", (event) => {
        const before = text.value.slice(0, text.selectionStart);
        if (event.data === "@" && /(^|\s)@$/.test(before)) picker.tomselect?.focus();
      });
    }
  });
})();

// <form data-files="/where/the/list/is" data-limit data-target>: each file is sent by itself.
(() => {
  async function send(form, file) {
    if (file.size > Number(form.dataset.limit)) return etap.toast(`${file.name}: ${etap.texts.too_large}`, "danger");
    const body = new FormData();
    body.append("file", file, file.name);
    const headers = { "HX-Request": "true", "X-CSRFToken": etap.token };
    const answer = await fetch(form.action, { method: "POST", body, headers });
    if (!answer.ok) etap.toast(`${file.name}: ${etap.texts.failed}`, "danger");
  }

  async function upload(form, files) {
    const { target, files: list } = form.dataset;
    form.setAttribute("aria-busy", "true");
    for (const file of files) {
      try {
        await send(form, file);
      } catch {
        etap.toast(`${file.name}: ${etap.texts.failed}`, "danger");
      }
    }
    form.removeAttribute("aria-busy");
    const place = document.querySelector(target);
    if (!place) return window.location.reload();
    const typed = place.querySelector("textarea")?.value;
    await htmx.ajax("GET", list, { target: place, swap: "innerHTML" });
    const text = place.querySelector("textarea");
    if (typed && text) text.value = typed;
  }

  etap.ready((root) => {
    for (const form of etap.all(root, "[data-files]")) form.classList.add("is-live");
  });

  const formOf = (element) => element.closest?.("[data-files]") || element.closest?.("#notes, main")?.querySelector("[data-files]");

  document.addEventListener("change", (event) => {
    const form = event.target.matches("[data-files] input[type=file]") && event.target.form;
    if (form && event.target.files.length) upload(form, [...event.target.files]);
  });

  for (const kind of ["dragover", "dragleave", "drop"])
    document.addEventListener(kind, (event) => {
      const form = formOf(event.target);
      if (!form || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      form.classList.toggle("is-over", kind === "dragover");
      if (kind === "drop") upload(form, [...event.dataTransfer.files]);
    });

  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files || [])];
    const form = files.length && formOf(event.target);
    if (!form) return;
    event.preventDefault();
    upload(form, files);
  });
})();

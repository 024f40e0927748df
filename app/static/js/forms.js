// Forms: remote selects, quick dates, the guard of unsaved text, one sending per press.
"use strict";

// Remote select: <select data-remote="/picker/person" data-depends="#contractor">.
const remoteSelect = (() => {
  const dress = (tag, item, escape) => {
    const box = document.createElement("div");
    box.append(Object.assign(document.createElement("span"), { textContent: item.text }));
    if (item.note && tag === "option")
      box.append(Object.assign(document.createElement("span"), { className: "option-note", textContent: item.note }));
    return box;
  };

  const line = (className, text) => Object.assign(document.createElement("div"), { className, textContent: text });

  function parentOf(select) {
    const { depends } = select.dataset;
    if (!depends) return null;
    return depends.startsWith("#") ? document.querySelector(depends) : select.form?.elements[depends];
  }

  function address(select, query, page) {
    const url = new URL(select.dataset.remote, window.location.origin);
    url.searchParams.set("q", query);
    url.searchParams.set("page", page);
    const parent = parentOf(select);
    if (parent) url.searchParams.set(select.dataset.dependsAs || parent.name, parent.value);
    return url.pathname + url.search;
  }

  async function fetchPage(tom, select, query, give) {
    try {
      const url = new URL(tom.getUrl(query), window.location.origin);
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.statusText);
      const { results, more } = await answer.json();
      if (more) tom.setNextUrl(query, address(select, query, Number(url.searchParams.get("page")) + 1));
      give(results.map((item) => ({ ...item, id: String(item.id) })));
    } catch {
      give();
      etap.toast(etap.texts.failed, "danger");
    }
  }

  const hasWords = (name, text) => etap.fold(text).split(/\s+/).every((word) => etap.fold(name).includes(word));
  const isNew = ({ dataset, tomselect }, text) =>
    Boolean(dataset.create && text) && text.length <= 120 && !Object.values(tomselect.options).some((one) => etap.fold(one.text) === etap.fold(text));

  function settings(select) {
    const { texts } = etap;
    return {
      valueField: "id",
      labelField: "text",
      searchField: [],
      maxOptions: null,
      hideSelected: select.multiple,
      placeholder: select.dataset.placeholder || texts.type_more,
      preload: "focus",
      create: select.dataset.create ? (text) => ({ id: `new:${text.trim()}`, text: text.trim() }) : false,
      createFilter: (text) => isNew(select, text.trim()),
      score: (text) => ({ text: name }) => Number(!select.dataset.create || hasWords(name, text)),
      shouldLoad: () => true,
      firstUrl: (query) => address(select, query, 1),
      load(query, give) { fetchPage(this, select, query, give); },
      plugins: {
        virtual_scroll: {},
        ...(select.multiple ? { remove_button: { title: texts.remove } } : {}),
        ...(select.required || select.multiple ? {} : { clear_button: { title: texts.clear } }),
      },
      render: {
        option: (item) => dress("option", item),
        item: (item) => dress("item", item),
        option_create: ({ input }) => {
          const text = select.dataset.create.replace("{name}", input.trim());
          return Object.assign(line("create", text), { role: "option" });
        },
        no_results: ({ input }) => (isNew(select, input.trim()) ? null : line("no-results", texts.no_results)),
        loading_more: () => line("loading-more-results", texts.loading),
        no_more_results: () => null,
        not_loading: () => null,
      },
    };
  }

  // Tom Select moves the label to its own field; its list needs a name too, the select no reader.
  function name(tom, select, label) {
    select.setAttribute("aria-label", label);
    select.setAttribute("aria-hidden", "true");
    tom.control_input.setAttribute("aria-label", label);
    tom.dropdown_content.setAttribute("aria-label", label);
    for (const attribute of ["aria-describedby", "aria-invalid"])
      if (select.hasAttribute(attribute)) tom.control_input.setAttribute(attribute, select.getAttribute(attribute));
  }

  // One stop for Tab: Backspace clears, arrows walk the list. A list not asked for yet comes by
  // the arrow down or a click.
  function walkByKeys(tom) {
    for (const part of [tom.dropdown_content, tom.wrapper.querySelector(".clear-button")])
      part?.setAttribute("tabindex", "-1");
    const ask = (way) => {
      if (tom.hasOptions || tom.inputValue()) return;
      tom.wrapper.classList.remove("preloaded");
      if (way.key) tom.focus();
    };
    tom.control_input.addEventListener("keydown", (event) => event.key === "ArrowDown" && ask(event));
    const { onKeyDown } = tom; // Ctrl+Enter saves the form, with the list open, too
    tom.hook("instead", "onKeyDown", (event) => (event.ctrlKey && event.key === "Enter") || onKeyDown.call(tom, event));
    tom.control.addEventListener("mousedown", ask);
  }

  function empty(tom) {
    tom.clear();
    tom.clearOptions();
    tom.clearPagination?.();
  }

  return (select) => {
    const label = select.labels[0]?.textContent.replace("*", "").trim() || select.getAttribute("aria-label") || "";
    select.classList.remove("form-select", "form-control");
    const tom = new TomSelect(select, settings(select));
    name(tom, select, label);
    walkByKeys(tom);
    parentOf(select)?.addEventListener("change", () => empty(tom));
  };
})();

// The focus without the list, which opens once somebody types or asks for it.
remoteSelect.focus = (tom) => {
  tom.wrapper.classList.add("preloaded"); // Tom Select's mark of a list it need not fetch
  tom.settings.openOnFocus = false;
  tom.focus();
  setTimeout(() => { tom.settings.openOnFocus = true; });
};

etap.ready((root) => {
  for (const select of etap.all(root, "select[data-remote]")) if (!select.tomselect) remoteSelect(select);
});

// Quick dates: "+3" days from today, "mon" the next Monday, "now" this minute.
const quickDate = (() => {
  const two = (number) => String(number).padStart(2, "0");
  const day = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = (date) => `${two(date.getHours())}:${two(date.getMinutes())}`;

  function target(step) {
    const { today } = document.body.dataset;
    const date = today && step !== "now" ? new Date(`${today}T12:00`) : new Date();
    const days = step === "mon" ? ((8 - date.getDay()) % 7) || 7 : Number(step) || 0;
    date.setDate(date.getDate() + days);
    return date;
  }

  return (button) => {
    const step = button.dataset.dateChip;
    const near = button.closest(".form-field, form").querySelector("input[type=date], input[type=datetime-local]");
    const input = button.dataset.for ? document.querySelector(button.dataset.for) : near;
    const date = target(step);
    const hour = step === "now" ? time(new Date()) : input.value.slice(11) || input.dataset.time || "12:00";
    input.value = input.type === "date" ? day(date) : `${day(date)}T${hour}`;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
})();

document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-date-chip]");
  if (chip) quickDate(chip);
});

// Unsaved text: <form data-guard="/where/to/leave"> asks before it is lost.
(() => {
  const saved = new Map();
  let isLeaving = false;
  const state = (form) => new URLSearchParams([...new FormData(form)].map(([key, value]) => [key, value.name ?? value])).toString();
  const isDirty = (form) => "dirty" in form.dataset || saved.get(form) !== state(form);
  const dirtyForm = () => [...saved.keys()].find((form) => form.isConnected && isDirty(form));

  etap.ready((root) => {
    for (const form of etap.all(root, "form[data-guard]")) if (!saved.has(form)) saved.set(form, state(form));
  });

  function leave(form) {
    const dialog = document.getElementById("leave");
    if (!isDirty(form)) return window.location.assign(form.dataset.guard);
    dialog.querySelector("[data-leave]").href = form.dataset.guard;
    dialog.showModal();
  }

  etap.actions.leave = (event) => {
    if (document.querySelector("dialog[open], .ts-wrapper.dropdown-active, :popover-open")) return false;
    const form = event.target.closest("form[data-guard]") || document.querySelector("form[data-guard]");
    return form?.dataset.guard ? leave(form) : false;
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-leave]")) isLeaving = true;
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-guard]")) isLeaving = true;
  });
  document.addEventListener("htmx:afterRequest", () => { isLeaving = false; });
  window.addEventListener("beforeunload", (event) => {
    if (!isLeaving && dirtyForm()) event.preventDefault();
  });
})();

// One press, one sending: a posted form stays quiet until the answer, or for four seconds.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "true";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(() => release(form), 4000);
});

function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
});

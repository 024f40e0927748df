// The palette (Ctrl+K): records from the server; pages and acts from what this page already offers.
// A control with data-key, data-dialog-open or data-action="words" in the page is an act of it.
"use strict";

(() => {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const box = dialog.querySelector("[role=combobox]");
  const list = dialog.querySelector("[role=listbox]");
  const status = dialog.querySelector("[role=status]");
  const SHOWN = 8; // of a group
  const [BEGINS, BEGINS_WORD, RECORD, INSIDE, LOOSE] = [5, 4, 3, 2, 1]; // how well something fits
  let own = []; // groups of this page
  let found = []; // groups from the server
  let asked = null; // what the server is looking for
  let hasty = false; // Enter was pressed before it answered
  let items = []; // what is shown, in order
  let walked = false; // with the arrows, since the last letter
  let timer = 0;

  // --- what the page offers ---

  const ACTS = "main .page-actions :is(a[href], button), main [data-key], main [data-action], main [data-dialog-open], main .tabs a[href]";
  const NOT_ACTS = "[hidden], dialog, :disabled, [aria-current], [data-palette], [data-dialog-close], summary:not([data-key])";

  function wordsOf(element) {
    const told = element.dataset.action || element.getAttribute("aria-label") || element.labels?.[0]?.textContent;
    if (told) return told.trim();
    const copy = element.cloneNode(true);
    for (const extra of copy.querySelectorAll("kbd, .count")) extra.remove();
    return copy.textContent.replace(/\s+/g, " ").trim();
  }

  function itemOf(element) {
    const near = element.closest("[role=group], nav.tabs, .nav-group");
    const note = near?.matches(".nav-group") ? near.querySelector("summary").textContent : near?.getAttribute("aria-label");
    return {
      text: wordsOf(element),
      note: (note || "").trim(),
      icon: element.querySelector("use")?.getAttribute("href"),
      hint: element.querySelector("kbd")?.textContent,
      element,
    };
  }

  function group(label, elements) {
    const seen = new Set();
    const isNew = ({ text }) => text && !seen.has(text) && seen.add(text);
    return { label, items: elements.filter((one) => !one.closest(NOT_ACTS)).map(itemOf).filter(isNew) };
  }

  function collect() {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const row = document.querySelector("[data-row].is-current");
    const inRows = all("main [data-row] :is([data-key], [data-action])").filter((one) => !one.closest(".menu-panel"));
    const isOnly = (one) => inRows.every((other) => other === one || other.dataset.key !== one.dataset.key);
    const inRow = inRows.filter((one) => (row ? row.contains(one) : isOnly(one)));
    const heading = document.querySelector("main h1").textContent.trim();
    return [
      group(row?.querySelector("a[href]")?.textContent.trim() || heading, row ? inRow : []),
      group(heading, [...(row ? [] : inRow), ...all(ACTS).filter((one) => !one.closest("[data-row]"))]),
      group(list.dataset.pages, all(".sidebar a.nav-item, .topbar a[data-key]")),
      group(list.dataset.account, all(".topbar .menu-panel :is(a, button), .sidebar-foot button")),
    ];
  }

  // --- what fits ---

  const { fold } = etap;

  function isLoose(text, word) {
    const letters = [...word].map((letter) => letter.replace(/\W/, "\\$&"));
    return word.length > 1 && new RegExp(`(^|\\W)${letters.join(".*?")}`).test(text);
  }

  function fit(text, note, word) {
    const all = `${text} ${note}`;
    if (text.startsWith(word)) return BEGINS;
    if (all.includes(word)) return all.includes(` ${word}`) ? BEGINS_WORD : INSIDE;
    return isLoose(text, word) ? LOOSE : 0;
  }

  function fits({ text, note }, words) {
    const told = [fold(text), fold(note)];
    return words.length ? Math.min(...words.map((word) => fit(...told, word))) : BEGINS;
  }

  function chosen(words) {
    const scored = own.map(({ label, items: some }) => {
      const fitting = some.map((item) => ({ ...item, score: fits(item, words) })).filter((item) => item.score);
      return { label, items: fitting.sort((a, b) => b.score - a.score).slice(0, SHOWN) };
    });
    const records = found.map(({ label, icon, items: some }) => ({
      label,
      items: some.map((item) => ({ ...item, icon: `${list.dataset.icons}#${item.icon || icon}`, score: RECORD })),
    }));
    const groups = [...scored.slice(0, 2), ...records, ...scored.slice(2)].filter((one) => one.items.length);
    return words.length ? groups.sort((a, b) => b.items[0].score - a.items[0].score) : groups;
  }

  // --- the list ---

  function element(tag, attributes, ...content) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...content);
    return made;
  }

  function icon(address) {
    const image = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    image.setAttribute("class", "icon");
    image.setAttribute("aria-hidden", "true");
    use.setAttribute("href", address || `${list.dataset.icons}#point`);
    image.append(use);
    return image;
  }

  function option(item) {
    const number = items.push(item) - 1;
    const made = element("div", { role: "option", id: `palette-${number}`, "aria-selected": "false", class: "suggest-item" }, icon(item.icon));
    made.append(element("span", { class: "suggest-text" }, item.text));
    if (item.note) made.append(element("span", { class: "suggest-note" }, item.note));
    if (item.hint) made.append(element("kbd", { "aria-hidden": "true" }, item.hint));
    return made;
  }

  function section({ label, items: some }) {
    const heading = element("div", { class: "suggest-heading", "aria-hidden": "true" }, label);
    return element("div", { role: "group", "aria-label": label }, heading, ...some.map(option));
  }

  function show() {
    const words = fold(box.value).split(/\s+/).filter(Boolean);
    items = [];
    list.replaceChildren(...chosen(words).map(section));
    list.hidden = !items.length;
    box.setAttribute("aria-expanded", String(items.length > 0));
    status.textContent = items.length || asked !== null ? "" : list.dataset.none;
    status.className = items.length ? "visually-hidden" : "palette-none";
    if (items.length && words.length && asked === null) status.textContent = list.dataset.some.replace("{count}", items.length);
    mark(0);
  }

  const marked = () => [...list.querySelectorAll("[role=option]")].findIndex((one) => one.ariaSelected === "true");

  function mark(number) {
    const options = [...list.querySelectorAll("[role=option]")];
    for (const one of options) one.setAttribute("aria-selected", "false");
    const one = options.at(number % options.length);
    if (!one) return box.removeAttribute("aria-activedescendant");
    one.setAttribute("aria-selected", "true");
    box.setAttribute("aria-activedescendant", one.id);
    one.scrollIntoView({ block: "nearest" });
  }

  function walk(by) {
    walked = true;
    mark(marked() + by);
  }

  // --- the server ---

  async function ask(text) {
    let groups = [];
    try {
      const answer = await fetch(`${list.dataset.source}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
      if (answer.ok) ({ groups } = await answer.json());
      else etap.toast(etap.texts.failed, "danger");
    } catch {
      etap.toast(etap.texts.failed, "danger");
    }
    if (asked !== text || !dialog.open) return;
    const kept = walked && items[marked()];
    found = groups;
    asked = null;
    show();
    if (kept) mark(Math.max(0, items.findIndex((one) => ["text", "url", "element"].every((name) => one[name] === kept[name]))));
    if (hasty) run();
  }

  function look(delay) {
    const text = box.value.trim();
    asked = text;
    hasty = walked = false;
    if (found.length && !text) found = [];
    clearTimeout(timer);
    timer = setTimeout(() => ask(text), delay);
    show();
  }

  // --- doing ---

  function run() {
    const item = items[Math.max(marked(), 0)];
    hasty = asked !== null && (!item || item.score < RECORD);
    if (hasty) return;
    if (!item) return box.form.requestSubmit();
    dialog.close();
    if (item.url) window.location.assign(item.url);
    else if (item.element.matches("input, select, textarea")) item.element.focus();
    else item.element.click();
  }

  const keys = {
    ArrowDown: () => walk(1),
    ArrowUp: () => walk(-1),
    Enter: run,
  };

  box.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.isComposing) return;
    event.preventDefault();
    keys[event.key]();
  });
  box.addEventListener("input", () => look(120));
  list.addEventListener("click", (event) => {
    const one = event.target.closest("[role=option]");
    if (one) mark(Number(one.id.slice("palette-".length)));
    if (one) run();
  });

  function open() {
    if (dialog.open) return dialog.close();
    own = collect();
    found = [];
    box.value = "";
    dialog.showModal();
    look(0);
  }

  etap.actions.palette = open;
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-palette]")) return;
    event.preventDefault();
    open();
  });
})();

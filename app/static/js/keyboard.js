// Keys: the sheet in the page (app/fab/keys.py) says which there are and what each does.
// A control names its own: data-key="c" is clicked, or focused if it is a field. Other scripts add
// actions: etap.actions.name = (event) => …, which answers false if there was nothing to do.
"use strict";

(() => {
  const PATIENCE = 2000; // milliseconds between the two keys of "g d"
  const known = new Map([...document.querySelectorAll("#keys [data-shortcut]")].map(({ dataset }) => [dataset.shortcut, dataset.does]));
  const starts = new Set([...known.keys()].filter((keys) => keys.includes(" ")).map((keys) => keys[0]));
  const held = new Set(["next", "previous"]); // what may repeat while a key is held down
  let waiting = 0;

  const isTyping = (element) =>
    element.isContentEditable || element.matches("input:not([type=checkbox], [type=radio]), textarea, select");
  const currentRow = () => document.querySelector("[data-row].is-current");
  const isShown = (element) => element.checkVisibility() && !element.closest("dialog:not([open])");

  function nameOf(event) {
    const { key } = event;
    const isSign = key.length === 1;
    const chord = (event.ctrlKey || event.metaKey) && !(isSign && event.getModifierState("AltGraph"));
    const cased = isSign && (chord || !event.shiftKey) ? key.toLowerCase() : key;
    return (chord ? "Control+" : "") + (event.altKey && (chord || !isSign) ? "Alt+" : "") + cased;
  }

  // --- the control that a key presses ---

  // An open menu or dialog keeps the keys to itself.
  const place = () => document.querySelector("[data-menu][open] > .menu-panel") || [...document.querySelectorAll("dialog[open]")].at(-1) || document;

  function control(key, within = place()) {
    const named = [...within.querySelectorAll("[data-key]")].filter((one) => one.dataset.key.split(",").includes(key));
    const usable = named.filter((one) => !one.matches(":disabled") && !one.closest("[hidden], dialog:not([open])"));
    if (within !== document) return usable[0];
    const inRows = usable.filter((one) => one.closest("[data-row]") && isShown(one));
    const free = usable.filter((one) => !one.closest("[data-row], [data-select]"));
    const forAll = usable.find((one) => one.closest("[data-select]") && isShown(one)); // something is selected
    const here = inRows.find((one) => currentRow()?.contains(one));
    const only = inRows.length === 1 ? inRows[0] : undefined; // it can only be meant for this row
    return forAll || here || free[0] || only;
  }

  function use(element) {
    if (!element) return false;
    if (!isTyping(element)) return element.click();
    element.focus();
    element.select?.();
  }

  // --- rows ---

  const shownRows = () => [...document.querySelectorAll("[data-row]")].filter(isShown);

  function move(by) {
    const rows = shownRows();
    const at = rows.indexOf(document.activeElement.closest("[data-row]") || currentRow());
    const row = rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (!row) return false;
    row.querySelector("a[href]")?.focus();
    row.scrollIntoView({ block: "nearest" });
  }

  const inRow = (selector) => use(currentRow()?.querySelector(selector));

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (!row) return;
    for (const other of document.querySelectorAll("[data-row].is-current")) other.classList.remove("is-current");
    row.classList.add("is-current");
  });

  // --- forms ---

  function save(event, key) {
    const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
    const form = event.target.closest("form") || (dialog || document).querySelector(dialog ? "form[method=post]" : "form[data-guard]");
    if (form?.method !== "post") return false;
    form.requestSubmit(control(key, form));
  }

  const isFree = (event) => event.target === document.body || event.target.matches("[data-row]");

  Object.assign(etap.actions, {
    press: (_event, key) => use(control(key)),
    add: () => use(control("Insert") || control("n")),
    next: () => move(1),
    previous: () => move(-1),
    select: () => inRow("[data-select-row]"),
    select_all: () => use(document.querySelector("[data-select-matching]")),
    open: (event) => isFree(event) && inRow("a[href]"),
    save,
    save_here: save,
    save_next: save,
  });

  // --- the handler ---

  function rests(event, key) {
    const isSign = key.length === 1;
    if (isSign && document.body.dataset.keys === "off") return true;
    return !key.includes("+") && key !== "Escape" && isTyping(event.target);
  }

  // In an open menu or dialog only what belongs to it answers.
  const mayDo = (key, does) => place() === document || does === "press" || key.includes("+") || key === "Escape";

  function perform(event, key) {
    const does = known.get(key);
    if (!does || (event.repeat && !held.has(does)) || !mayDo(key, does)) return;
    if (etap.actions[does]?.(event, key) !== false) event.preventDefault();
  }

  function begin(key) {
    document.body.dataset.begun = key;
    waiting = setTimeout(end, PATIENCE);
  }

  function end() {
    clearTimeout(waiting);
    delete document.body.dataset.begun;
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || ["Control", "Shift", "Alt", "Meta"].includes(event.key)) return;
    const { begun } = document.body.dataset;
    const key = nameOf(event);
    end();
    if (rests(event, key)) return;
    if (begun) perform(event, `${begun} ${key}`);
    else if (starts.has(key) && place() === document) begin(key);
    else perform(event, key);
  });

  // --- hints: all keys show while Alt is held ---

  let showing = 0;

  function hide() {
    clearTimeout(showing);
    document.body.classList.remove("show-keys");
  }

  document.addEventListener("keydown", (event) => {
    hide();
    if (event.key === "Alt" && !event.ctrlKey) showing = setTimeout(() => document.body.classList.add("show-keys"), 300);
  });
  document.addEventListener("keyup", hide);
  window.addEventListener("blur", hide);
})();

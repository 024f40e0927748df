// Shortcuts. A control names its own key: data-key="n" is clicked, or focused if it is a field.
// Single letters rest while somebody types, in dialogs, and where <body data-keys="off">.
"use strict";

(() => {
  const isTyping = (element) =>
    element.isContentEditable || element.matches("input:not([type=checkbox], [type=radio]), textarea, select");
  const currentRow = () => document.querySelector("[data-row].is-current");

  function move(by) {
    const rows = [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);
    const at = rows.indexOf(document.activeElement.closest("[data-row]") || currentRow());
    const row = rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)];
    row?.querySelector("a[href]")?.focus();
    row?.scrollIntoView({ block: "nearest" });
  }

  const onRow = {
    j: () => move(1),
    k: () => move(-1),
    x: () => currentRow()?.querySelector("[data-select-row]")?.click(),
    Enter: () => currentRow()?.querySelector("a[href]")?.click(),
  };

  function control(key) {
    const selector = `[data-key="${CSS.escape(key)}"]:not(:disabled)`;
    const all = [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility() || !one.closest("[data-row]"));
    const row = currentRow();
    const inRow = all.find((one) => row?.contains(one));
    const only = all.length === 1 ? all[0] : undefined; // it can only be meant for this row
    return inRow || all.find((one) => !one.closest("[data-row]")) || only;
  }

  function use(element) {
    if (!isTyping(element)) return element.click();
    element.focus();
    element.select?.();
  }

  function save(event) {
    const form = event.target.closest("form") || document.querySelector("form[data-guard]");
    const again = event.altKey ? form?.querySelector("[data-save-next]") : null;
    if (form && form.method === "post") form.requestSubmit(again || undefined);
  }

  function withControl(event) {
    if (event.key === "Enter") return save;
    if (event.key.toLowerCase() === "k" && !event.altKey) return () => use(document.getElementById("search"));
    return null;
  }

  function act(event, done) {
    event.preventDefault();
    done(event);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.ctrlKey || event.metaKey) {
      const done = withControl(event);
      if (done) act(event, done);
      return;
    }
    const busy = isTyping(event.target) || event.altKey || document.querySelector("dialog[open]");
    if (busy || document.body.dataset.keys === "off") return;
    if (event.key === "Enter" && event.target !== document.body) return;
    const named = event.key.length === 1 && control(event.key);
    if (named) act(event, () => use(named));
    else if (onRow[event.key] && document.querySelector("[data-row]")) act(event, onRow[event.key]);
  });

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (!row) return;
    for (const other of document.querySelectorAll("[data-row].is-current")) other.classList.remove("is-current");
    row.classList.add("is-current");
  });
})();

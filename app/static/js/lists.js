// Selection in lists: <form data-select> holds row boxes, a head box and the bar with the count.
"use strict";

(() => {
  const boxes = (form) => etap.all(form, "[data-select-row]");
  const chosen = (form) => boxes(form).filter((box) => box.checked);
  let last = null;

  function announce(form, text) {
    const output = form.querySelector("[data-select-count]");
    if (output && output.textContent !== text) output.textContent = text;
  }

  function show(form) {
    const all = boxes(form);
    const some = chosen(form).length;
    const head = form.querySelector("[data-select-all]");
    const bar = form.querySelector("[data-select-bar]");
    for (const box of all) box.closest("[data-row]")?.classList.toggle("is-selected", box.checked);
    if (head) {
      head.checked = some > 0 && some === all.length;
      head.indeterminate = some > 0 && some < all.length;
    }
    if (bar) bar.hidden = some === 0;
    matching(form, "");
    announce(form, etap.texts.selected.replace("{count}", some));
  }

  // The rows beyond this page travel as one word: the value of the button for all that match.
  function matching(form, value) {
    const input = form.querySelector("input[name=matching]");
    if (input) input.value = value;
  }

  function range(form, box) {
    const all = boxes(form);
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    if (from < 0) return;
    for (const other of all.slice(from, to + 1)) other.checked = box.checked;
  }

  document.addEventListener("click", (event) => {
    const form = event.target.closest("form[data-select]");
    if (!form) return;
    const everything = event.target.closest("[data-select-matching]");
    if (everything) {
      for (const box of boxes(form)) box.checked = true;
      show(form);
      matching(form, everything.value || "all");
      announce(form, etap.texts.all_selected.replace("{count}", everything.dataset.total));
    } else if (event.target.matches("[data-select-row]")) {
      if (event.shiftKey && last) range(form, event.target);
      last = event.target;
      show(form);
    } else if (event.target.matches("[data-select-all]")) {
      for (const box of boxes(form)) box.checked = event.target.checked;
      show(form);
    } else if (event.target.closest("[data-select-none]")) {
      for (const box of boxes(form)) box.checked = false;
      show(form);
    }
  });

  etap.ready((root) => {
    for (const form of etap.all(root, "form[data-select]")) show(form);
    const outer = root.closest?.("form[data-select]");
    if (outer) show(outer);
  });

  // Whole rows open their record: <tr data-row data-href="…">, except where something else is pressed.
  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-row][data-href]");
    if (!row || event.target.closest("a, button, input, label, select, summary, .menu-panel")) return;
    if (String(window.getSelection())) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href);
    else window.location.assign(row.dataset.href);
  });
})();

// Lists: whole rows open their record.
"use strict";

(() => {
  // <tr data-row data-href="…">, except where something else is pressed.
  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-row][data-href]");
    if (!row || event.target.closest("a, button, input, label, select, summary, .menu-panel, [data-edit]")) return;
    if (String(window.getSelection())) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href);
    else window.location.assign(row.dataset.href);
  });
})();

// Changing a value in its cell: <td data-edit="due"> of a row becomes a small form.
// Click, Enter or F2 opens it, Escape leaves; arrows walk along the row's cells.
"use strict";

(() => {
  const before = new WeakMap();
  const inCell = (element) => element.closest?.("td[data-edit]");
  const cellsOf = (row) => [...row.querySelectorAll("td[data-edit]")];

  function address(cell) {
    const [path] = cell.closest("[data-href]").dataset.href.split("?");
    return `${path}/cell/${cell.dataset.edit}`;
  }

  function open(cell) {
    if (cell.querySelector("form")) return;
    before.set(cell, cell.innerHTML);
    htmx.ajax("GET", address(cell), { target: cell, swap: "innerHTML" });
  }

  function leave(cell) {
    cell.innerHTML = before.get(cell) ?? cell.innerHTML;
    cell.focus();
  }

  function walk(cell, by) {
    const all = cellsOf(cell.closest("[data-row]"));
    all[all.indexOf(cell) + by]?.focus();
  }

  document.addEventListener("click", (event) => {
    const cell = inCell(event.target);
    if (!cell) return;
    if (event.target.closest("[data-edit-leave]")) return leave(cell);
    if (event.target.closest("a, button, input, select, label, form") || String(window.getSelection())) return;
    open(cell);
  });

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented) return;
    const cell = inCell(event.target);
    if (cell && inside(event, cell)) event.preventDefault();
  });

  etap.actions.edit_cell = ({ target }) => {
    const row = target.closest("[data-row]") || document.querySelector("[data-row].is-current");
    const cell = inCell(target) || row?.querySelector("td[data-edit]");
    return cell ? open(cell) : false;
  };

  function inside(event, cell) {
    if (cell.querySelector("form")) {
      if (event.key !== "Escape" || cell.querySelector(".dropdown-active")) return false;
      leave(cell);
      return true;
    }
    const keys = {
      Enter: () => open(cell),
      ArrowRight: () => walk(cell, 1),
      ArrowLeft: () => walk(cell, -1),
    };
    if (event.target !== cell || !keys[event.key]) return false;
    keys[event.key]();
    return true;
  }

  // A refusal is a control with its reason; anything else but the cell leaves what stood there.
  document.addEventListener("htmx:afterSettle", (event) => {
    const cell = inCell(event.target);
    if (!cell) return;
    const control = cell.querySelector("form .ts-control input, form [data-focus]");
    if (control) control.focus();
    else cell.focus();
  });
})();

// Trees by the ARIA pattern: <ul role="tree"> of treeitems with branches fetched on first opening.
// data-tree-param="open" on the tree keeps the open branches in the address.
"use strict";

(() => {
  const ITEM = '[role="treeitem"]';
  const treeOf = (item) => item.closest('[role="tree"]');
  const group = (item) => item.nextElementSibling;
  const parent = (item) => item.closest('[role="group"]')?.previousElementSibling;
  const isOpen = (item) => item.getAttribute("aria-expanded") === "true";
  const isBranch = (item) => item.hasAttribute("aria-expanded");
  const visible = (tree) => [...tree.querySelectorAll(ITEM)].filter((item) => item.offsetParent !== null);

  function focus(item) {
    if (!item) return;
    for (const other of treeOf(item).querySelectorAll(`${ITEM}[tabindex="0"]`)) other.tabIndex = -1;
    item.tabIndex = 0;
    item.focus();
  }

  function remember(tree) {
    const { treeParam } = tree.dataset;
    if (!treeParam) return;
    const url = new URL(window.location);
    const open = [...tree.querySelectorAll(`${ITEM}[aria-expanded="true"]`)].map((item) => item.dataset.node);
    if (open.length) url.searchParams.set(treeParam, open.join(","));
    else url.searchParams.delete(treeParam);
    window.history.replaceState(window.history.state, "", url);
  }

  function fill(item) {
    const branch = group(item);
    if (!item.dataset.children || branch.querySelector(ITEM) || item.ariaBusy === "true") return;
    item.setAttribute("aria-busy", "true");
    const done = () => item.removeAttribute("aria-busy");
    htmx.ajax("GET", item.dataset.children, { target: branch, swap: "innerHTML" }).then(done, done);
  }

  function toggle(item, open = !isOpen(item)) {
    if (!isBranch(item)) return;
    item.setAttribute("aria-expanded", String(open));
    if (open) fill(item);
    remember(treeOf(item));
  }

  function neighbour(item, by) {
    const items = visible(treeOf(item));
    return items[items.indexOf(item) + by];
  }

  function siblingsOpen(item) {
    for (const sibling of item.parentElement.parentElement.children) toggle(sibling.querySelector(ITEM), true);
  }

  const keys = {
    ArrowDown: (item) => focus(neighbour(item, 1)),
    ArrowUp: (item) => focus(neighbour(item, -1)),
    ArrowRight: (item) => (isBranch(item) && !isOpen(item) ? toggle(item, true) : isBranch(item) && focus(group(item).querySelector(ITEM))),
    ArrowLeft: (item) => (isOpen(item) ? toggle(item, false) : focus(parent(item))),
    Home: (item) => focus(visible(treeOf(item))[0]),
    End: (item) => focus(visible(treeOf(item)).at(-1)),
    Enter: (item) => item.querySelector("a[href]")?.click(),
    " ": (item) => item.querySelector("a[href]")?.click(),
    "*": siblingsOpen,
  };

  let typed = "";
  let typedAt = 0;

  function typeAhead(item, letter) {
    typed = Date.now() - typedAt < 600 ? typed + letter : letter;
    typedAt = Date.now();
    const items = visible(treeOf(item));
    const from = items.indexOf(item) + (typed.length === 1 ? 1 : 0);
    const named = (one) => one.querySelector("a")?.textContent.trim().toLowerCase().startsWith(typed.toLowerCase());
    focus([...items.slice(from), ...items.slice(0, from)].find(named));
  }

  document.addEventListener("keydown", (event) => {
    const item = event.target;
    if (!item.matches?.(ITEM) || event.ctrlKey || event.altKey || event.metaKey) return;
    const isLetter = /^[\p{L}\p{N}]$/u.test(event.key);
    if (!keys[event.key] && !isLetter) return;
    event.preventDefault();
    event.stopPropagation();
    if (keys[event.key]) keys[event.key](item);
    else typeAhead(item, event.key);
  }, true);

  document.addEventListener("click", (event) => {
    const item = event.target.closest(ITEM);
    if (!item) return;
    if (event.target.closest(".tree-toggle")) {
      toggle(item);
      focus(item);
    } else if (event.target.closest("a[href]")) {
      for (const other of treeOf(item).querySelectorAll(`${ITEM}[aria-selected="true"]`)) other.setAttribute("aria-selected", "false");
      item.setAttribute("aria-selected", "true");
    }
  });

  etap.ready((root) => {
    for (const tree of etap.all(root, '[role="tree"]'))
      if (!tree.querySelector(`${ITEM}[tabindex="0"]`)) {
        const first = tree.querySelector(`${ITEM}[aria-selected="true"]`) || tree.querySelector(ITEM);
        if (first) first.tabIndex = 0;
      }
  });
})();

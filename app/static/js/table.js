// Tables of lists: sorting by several columns, widths by dragging, columns put in order.
"use strict";

(() => {
  const STEP = 16;
  const NARROWEST = 48;

  // Shift+click (or Shift+Enter) on a heading adds it to the sorting, or turns it if it is there.
  function alsoBy(table, name) {
    const sorted = table.dataset.sorted.split(",");
    const at = sorted.findIndex((one) => one.replace("-", "") === name);
    if (at < 0) sorted.push(name);
    else sorted[at] = sorted[at].startsWith("-") ? name : `-${name}`;
    const url = new URL(window.location);
    for (const place of ["after", "before", "at", "last"]) url.searchParams.delete(place);
    url.searchParams.set(`_oc_${table.dataset.list}`, sorted.map((one) => one.replace("-", "")).slice(-4).join(","));
    url.searchParams.set(`_od_${table.dataset.list}`, sorted.map((one) => (one.startsWith("-") ? "desc" : "asc")).slice(-4).join(","));
    window.location.assign(url);
  }

  document.addEventListener("click", (event) => {
    const heading = event.target.closest("table[data-list] th[data-column] a");
    if (!heading || !event.shiftKey) return;
    event.preventDefault();
    alsoBy(heading.closest("table"), heading.closest("th").dataset.column);
  });

  // Widths: what one column gains its neighbour gives; kept by the server when let go.
  const headings = (table) => [...table.querySelectorAll("th[data-column]")];

  function fix(table) {
    if (table.classList.contains("is-sized")) return;
    const widths = headings(table).map((one) => one.offsetWidth);
    headings(table).forEach((one, at) => { one.style.width = `${widths[at]}px`; });
    table.classList.add("is-sized");
    fit(table);
  }

  // Widths kept on a wider window are made smaller in proportion.
  function fit(table) {
    const over = table.offsetWidth - table.parentElement.clientWidth;
    if (!table.classList.contains("is-sized") || over <= 0) return;
    const widths = headings(table).map((one) => one.offsetWidth);
    const part = 1 - over / widths.reduce((sum, one) => sum + one, 0);
    headings(table).forEach((one, at) => { one.style.width = `${Math.floor(widths[at] * part)}px`; });
  }

  function shift(heading, by) {
    const all = headings(heading.closest("table"));
    const next = all[all.indexOf(heading) + 1];
    if (!next) return;
    fix(heading.closest("table"));
    const [mine, other] = [heading.offsetWidth, next.offsetWidth];
    const step = Math.max(NARROWEST - mine, Math.min(by, other - NARROWEST));
    heading.style.width = `${mine + step}px`;
    next.style.width = `${other - step}px`;
  }

  function keep(table) {
    const widths = headings(table).map((one) => `${one.dataset.column}:${one.offsetWidth}`).join(",");
    const body = new URLSearchParams({ widths, csrf_token: etap.token });
    fetch(`/layout/${table.dataset.list}`, { method: "POST", body, redirect: "manual" });
  }

  function drag(edge, event) {
    const heading = edge.closest("th");
    let last = event.clientX;
    const move = ({ clientX }) => {
      shift(heading, clientX - last);
      last = clientX;
    };
    edge.setPointerCapture(event.pointerId);
    edge.classList.add("is-held");
    edge.addEventListener("pointermove", move);
    edge.addEventListener("lostpointercapture", () => {
      edge.removeEventListener("pointermove", move);
      edge.classList.remove("is-held");
      keep(heading.closest("table"));
    }, { once: true });
  }

  document.addEventListener("pointerdown", (event) => {
    if (!event.target.matches(".column-edge")) return;
    event.preventDefault();
    drag(event.target, event);
  });

  document.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    const heading = event.target.closest("table[data-list] th[data-column]");
    if (!way || !heading || !event.shiftKey) return;
    event.preventDefault();
    shift(heading, way);
    keep(heading.closest("table"));
  });

  etap.ready((root) => {
    for (const table of etap.all(root, "table[data-list]")) {
      fit(table);
      for (const heading of headings(table).slice(0, -1)) {
        if (heading.querySelector(".column-edge")) continue; // the page is made ready twice
        const edge = document.createElement("span");
        edge.className = "column-edge";
        heading.append(edge);
      }
    }
  });

  // A group is filled when it is opened first; without scripts its link leads to the list.
  // The address holds what is open, each by the marks on the way to it: open=a,a.b
  const OPENED = 20;
  const opened = () => (new URLSearchParams(window.location.search).get("open") || "").split(",").filter(Boolean);

  function wayTo(group) {
    const outer = group.parentElement.closest("details[data-group]");
    return (outer ? `${wayTo(outer)}.` : "") + group.dataset.group;
  }

  function note(group) {
    const way = wayTo(group);
    if (group.open === opened().includes(way)) return;
    const others = opened().filter((one) => one !== way);
    const open = group.open ? [...others, way].slice(-OPENED) : others;
    const url = new URL(window.location);
    url.searchParams.set("open", open.join(","));
    if (!open.length) url.searchParams.delete("open");
    window.history.replaceState(window.history.state, "", url);
  }

  function fill(group) {
    if (group.dataset.filled) return;
    group.dataset.filled = "true";
    const body = group.lastElementChild;
    const url = new URL(body.querySelector("a").href);
    const way = `${wayTo(group)}.`;
    const inner = opened().filter((one) => one.startsWith(way)).map((one) => one.slice(way.length));
    url.searchParams.set("part", "rows");
    if (inner.length) url.searchParams.set("open", inner.join(","));
    htmx.ajax("GET", url.pathname + url.search, { target: body, swap: "innerHTML" });
  }

  document.addEventListener("toggle", ({ target }) => {
    if (!target.matches?.("details[data-group]")) return;
    note(target);
    if (target.open) fill(target);
  }, true);
  etap.ready((root) => etap.all(root, "details[data-group][open]").forEach(fill));

  // What is done in a group leads back to the page with the groups, opened as they are now.
  document.addEventListener("formdata", ({ formData }) => {
    if (formData.has("back") && document.querySelector("details[data-group]"))
      formData.set("back", window.location.pathname + window.location.search);
  });

  // Columns put in order: by buttons, or by dragging an item to its place.
  let held = null;

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reorder-up], [data-reorder-down]");
    if (!button) return;
    const item = button.closest("[data-reorder-item]");
    if ("reorderUp" in button.dataset) item.previousElementSibling?.before(item);
    else item.nextElementSibling?.after(item);
    button.focus();
  });

  document.addEventListener("dragstart", (event) => {
    held = event.target.closest?.("[data-reorder-item]");
    held?.classList.add("is-held");
  });
  document.addEventListener("dragover", (event) => {
    const over = event.target.closest?.("[data-reorder-item]");
    if (!held || !over || over === held || over.parentElement !== held.parentElement) return;
    event.preventDefault();
    const { top, height } = over.getBoundingClientRect();
    if (event.clientY > top + height / 2) over.after(held);
    else over.before(held);
  });
  document.addEventListener("dragend", () => {
    held?.classList.remove("is-held");
    held = null;
  });
  document.addEventListener("drop", (event) => held && event.preventDefault());
})();

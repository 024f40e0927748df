// Selection in lists: kept across the pages of one list, as ids or as one frozen "all that match"
// less the rows unticked since.
// <form id="select" data-select="/bulk/stage/selection"> is the bar; boxes name it by form="select".
"use strict";

(() => {
  const bar = () => document.querySelector("form[data-select]");
  const boxes = (within = document) => [...within.querySelectorAll("[data-select-row]")];
  const shown = () => boxes().filter((box) => !box.closest("details:not([open])"));
  const place = (form) => `select ${window.location.pathname}?${filters(form)}`;
  const NONE = { ids: [], without: [] };
  let last = null;
  let timer = null;
  let turn = 0;

  // The list's filters tell one selection from another; order, columns and page do not.
  function filters(form) {
    const all = [...new URLSearchParams(form.elements.list.value)];
    return new URLSearchParams(all.filter(([name]) => name.startsWith("_flt_") || name === "where")).toString();
  }

  function kept(form) {
    return { ...NONE, ...JSON.parse(sessionStorage.getItem(place(form)) || "{}") };
  }

  function keep(form, state) {
    if (countOf(state) > 0) sessionStorage.setItem(place(form), JSON.stringify(state));
    else sessionStorage.removeItem(place(form));
    show(form, state);
    glanceSoon(form, state);
  }

  function forget() {
    for (const name of Object.keys(sessionStorage)) if (name.startsWith("select ")) sessionStorage.removeItem(name);
  }

  const countOf = (state) => (state.token ? state.count - state.without.length : state.ids.length);

  function show(form, state = kept(form)) {
    const listed = new Set(state.token ? state.without : state.ids);
    for (const box of boxes()) {
      box.checked = Boolean(state.token) !== listed.has(box.value);
      box.closest("[data-row]")?.classList.toggle("is-selected", box.checked);
    }
    for (const head of document.querySelectorAll("[data-select-page]")) {
      const all = boxes(head.closest("table"));
      const some = all.filter((box) => box.checked).length;
      head.checked = some > 0 && some === all.length;
      head.indeterminate = some > 0 && !head.checked;
    }
    form.classList.toggle("has-selection", countOf(state) > 0);
    form.querySelector("[data-select-matching]").checked = Boolean(state.token) && !state.without.length;
    form.elements.selection.value = state.token || "";
    form.elements.selection.disabled = !state.token;
    announce(form, state);
  }

  function announce(form, state) {
    const words = state.token && !state.without.length ? etap.texts.all_selected : etap.texts.selected;
    const text = words.replace("{count}", countOf(state));
    const output = form.querySelector("[data-select-count]");
    if (output.textContent !== text) output.textContent = text;
  }

  // What the first act would do to these rows, so that one more press does it.
  function glanceSoon(form, state) {
    clearTimeout(timer);
    turn += 1;
    showGlance(form, "");
    const count = countOf(state);
    if (count > 0 && count <= 1000) timer = setTimeout(glance, 250, form, turn);
  }

  function showGlance(form, html) {
    form.querySelector("[data-select-glance]").innerHTML = html;
    form.querySelector("[data-glance]").hidden = html !== "";
  }

  async function glance(form, mine) {
    const button = form.querySelector("[data-glance]");
    const body = new FormData(form);
    body.set("glance", "1");
    const answer = await fetch(button.formAction, { method: "POST", body, redirect: "manual" });
    const isPart = answer.ok && answer.headers.get("X-Glance") === "1";
    if (isPart && mine === turn) showGlance(form, await answer.text());
  }

  async function freeze(form, box) {
    const answer = await fetch(form.dataset.select, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    const found = await answer.json().catch(() => ({}));
    if (answer.ok) return keep(form, { ...NONE, token: found.token, count: found.count });
    box.checked = false;
    etap.toast(found.text || etap.texts.failed, "danger");
  }

  function choose(form, some, checked) {
    const state = kept(form);
    const list = state.token ? "without" : "ids";
    const listed = new Set(state[list]);
    for (const box of some) listed[checked === (list === "ids") ? "add" : "delete"](box.value);
    keep(form, { ...state, [list]: [...listed] });
  }

  function range(box) {
    const all = shown();
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    return from < 0 ? [box] : all.slice(from, to + 1);
  }

  document.addEventListener("click", (event) => {
    const form = bar();
    const { target } = event;
    if (!form) return;
    if (target.matches("[data-select-row]")) {
      choose(form, event.shiftKey && last ? range(target) : [target], target.checked);
      last = target;
    } else if (target.matches("[data-select-page]")) choose(form, boxes(target.closest("table")), target.checked);
    else if (target.closest("[data-select-none]")) keep(form, NONE);
    else if (target.matches("[data-select-matching]")) {
      if (target.checked) freeze(form, target);
      else keep(form, NONE);
    }
  });

  // Rows chosen on other pages travel along; once an act is done, nothing is selected any more.
  document.addEventListener("formdata", ({ target, formData }) => {
    if (!target.matches("form[data-select]")) return;
    const state = kept(target);
    formData.delete("row");
    if (state.token) formData.delete("all");
    for (const id of state.token ? state.without : state.ids) formData.append(state.token ? "without" : "row", id);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-select-done]")) forget();
  });

  // Rows that come later, in an opened group, are marked too.
  etap.ready((root) => {
    const form = bar();
    if (!form || (root !== document && !boxes(root).length)) return;
    show(form);
    if (!form.querySelector("[data-select-glance]").hasChildNodes()) glanceSoon(form, kept(form));
  });
})();

// Editing a tree of values by keys: F2 renames, Insert adds after, Alt and arrows move.
// In a new line Enter adds it and begins the next, Tab puts it below the value above, Escape leaves.
"use strict";

(() => {
  const ITEM = '[role="treeitem"]';
  const above = (item) => item?.closest('[role="group"]')?.previousElementSibling || null;
  const beside = (item, step) => {
    const line = step < 0 ? item.parentElement.previousElementSibling : item.parentElement.nextElementSibling;
    return line?.querySelector(ITEM) || null;
  };
  const nameOf = (item) => item.querySelector("a").textContent;
  const levelOf = (item) => (item ? Number(item.getAttribute("aria-level")) : 0);

  // Sends the act; the page's tree and the chosen value are replaced by how they are now.
  async function send(editor, path, fields) {
    const tree = editor.querySelector('[role="tree"]');
    const open = [...tree.querySelectorAll(`${ITEM}[aria-expanded="true"]`)].map((item) => item.dataset.node);
    const body = new URLSearchParams({ ...fields, open: open.join(",") });
    const headers = { "X-CSRFToken": etap.token, "X-Tree": "1" };
    const answer = await fetch(path, { method: "POST", body, headers }).catch(() => null);
    if (!answer?.ok) return refusal(answer, path, body);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(".place-page");
    if (!fresh) return [etap.texts.failed];
    window.history.replaceState(window.history.state, "", answer.url);
    htmx.swap(editor.closest(".place-page"), fresh.outerHTML, { swapStyle: "outerHTML" });
    document.querySelector(`[data-edit-tree] ${ITEM}[aria-selected="true"]`)?.focus();
    return [];
  }

  // Why not; without a reason the act is a question first, which is a page of its own.
  async function refusal(answer, path, body) {
    const isJson = answer?.headers.get("Content-Type")?.startsWith("application/json");
    if (!isJson) return [etap.texts.failed];
    const { reasons } = await answer.json();
    if (!reasons.length) ask(path, body);
    return reasons;
  }

  function ask(path, body) {
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: path, hidden: true });
    for (const [name, value] of [...body, ["csrf_token", etap.token]]) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  }

  async function act(item, path, fields) {
    const reasons = await send(item.closest("[data-edit-tree]"), `/features/values/${item.dataset.node}/${path}`, fields);
    for (const reason of reasons) etap.toast(reason, "danger");
  }

  // A line to type a name in; `save(name, line)` answers with the reasons against it.
  function line(place, label, level, name, save, leave) {
    const form = document.createElement("form");
    const input = document.createElement("input");
    const told = document.createElement("div");
    form.className = "tree-line";
    form.style.setProperty("--level", level);
    Object.assign(input, { className: "form-control", value: name, maxLength: 120, autocomplete: "off", required: true });
    input.setAttribute("aria-label", label);
    told.className = "invalid-feedback";
    told.setAttribute("role", "alert");
    form.append(input, told);
    const stop = () => {
      form.remove();
      leave();
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!input.value.trim()) return stop();
      const reasons = await save(input.value);
      input.classList.toggle("is-invalid", reasons.length > 0);
      told.textContent = reasons.join(" ");
    });
    form.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") stop();
    });
    place(form);
    input.select();
    input.focus();
    return form;
  }

  function rename(item) {
    const editor = item.closest("[data-edit-tree]");
    const place = (form) => item.after(form);
    const save = (name) => send(editor, `/features/values/${item.dataset.node}/name`, { name });
    const back = () => {
      item.hidden = false;
      item.focus();
    };
    line(place, editor.dataset.rename, levelOf(item), nameOf(item), save, back);
    item.hidden = true;
  }

  // A new value after `item`, below it, or after what stands above it: Tab and Shift+Tab choose.
  function add(item) {
    const editor = item.closest("[data-edit-tree]");
    const isFlat = "flat" in editor.dataset;
    let [parent, after] = [above(item), item];
    const save = async (name) => {
      const fields = { name, parent: parent?.dataset.node || "", after: after?.dataset.node || "" };
      const reasons = await send(editor, `${editor.dataset.editTree}/value`, fields);
      const made = document.querySelector(`[data-edit-tree] ${ITEM}[aria-selected="true"]`);
      if (!reasons.length && made) add(made);
      return reasons;
    };
    const form = line((one) => item.after(one), editor.dataset.new, levelOf(item), "", save, () => item.focus());
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Tab" || isFlat) return;
      const next = event.shiftKey ? [above(after || item), above(after || item)] : [item, null];
      if (event.shiftKey && !after) [parent, after] = [above(item), item];
      else if (event.shiftKey && next[1]) [parent, after] = [above(next[1]), next[1]];
      else if (!event.shiftKey && after === item) [parent, after] = next;
      else return; // nowhere to go: the focus moves on
      event.preventDefault();
      form.style.setProperty("--level", levelOf(parent) + 1);
    });
  }

  const move = (item, parent) => act(item, "move", { parent: parent?.dataset.node || "" });
  const keys = {
    F2: rename,
    Insert: add,
    "Alt+ArrowUp": (item) => act(item, "order", { way: "up" }),
    "Alt+ArrowDown": (item) => act(item, "order", { way: "down" }),
    "Alt+ArrowLeft": (item) => above(item) && move(item, above(above(item))),
    "Alt+ArrowRight": (item) => beside(item, -1) && move(item, beside(item, -1)),
  };

  document.addEventListener("keydown", (event) => {
    const item = event.target.closest?.(`[data-edit-tree] ${ITEM}`);
    const name = event.altKey ? `Alt+${event.key}` : event.key;
    if (!item || item !== event.target || !keys[name] || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const isFlat = "flat" in item.closest("[data-edit-tree]").dataset;
    if (isFlat && /Left|Right/.test(name)) return;
    event.preventDefault();
    event.stopPropagation();
    keys[name](item);
  }, true);
})();

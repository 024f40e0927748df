// The builder of conditions in the panel of filters: groups of all and any, a control for each kind
// of field. The state goes to the address as `where`, in Rison; without a script the quick fields stay.
"use strict";

(() => {
  const DEEPEST = 4;
  const fieldsOf = new Map(); // address -> promise of the fields one may ask
  const node = (name) => document.querySelector(`template[data-part=${name}]`).content.firstElementChild.cloneNode(true);
  const make = (tag, properties, attributes = {}) => {
    const element = Object.assign(document.createElement(tag), properties);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const options = (pairs) => pairs.map(([value, text]) => make("option", { value, textContent: text }));
  // Fields by their group, those without one first.
  function offered(fields) {
    const groups = new Map([["", []]]);
    for (const one of fields) groups.set(one.group, [...(groups.get(one.group) || []), [one.name, one.label]]);
    return [...groups].flatMap(([label, pairs]) => {
      if (!label) return options(pairs);
      const group = make("optgroup", { label });
      group.append(...options(pairs));
      return [group];
    });
  }

  const partsOf = (group) => [...group.querySelector("[data-parts]").children];

  // --- Rison ---

  function rison(value) {
    if (Array.isArray(value)) return `!(${value.map(rison).join(",")})`;
    if (typeof value === "number") return String(value);
    if (typeof value === "string") return /^[a-z_]\w*$/i.test(value) ? value : `'${value.replace(/[!']/g, "!$&")}'`;
    return `(${Object.entries(value).map(([key, one]) => `${key}:${rison(one)}`).join(",")})`;
  }

  // Other scripts dress what is new in the page, such as remote selects.
  const dress = (part) => part.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));

  // --- the control of a value ---

  const plain = (field) => {
    const types = { date: { type: "date" }, number: { inputMode: "decimal", maxLength: 40 } };
    return make("input", { className: "form-control", autocomplete: "off", maxLength: 200, ...types[field.widget] }, { "aria-label": field.label });
  };

  function select(field, several) {
    const remote = field.widget === "remote" ? { "data-remote": field.remote } : {};
    const found = make("select", { className: "form-select", multiple: several }, { "aria-label": field.label, ...remote });
    found.append(...options([["", ""]].slice(several ? 1 : 0)), ...options(field.choices));
    return found;
  }

  function boxes(field) {
    const found = make("span", { className: "cond-boxes" }, { role: "group", "aria-label": field.label });
    for (const [value, text] of field.choices) {
      const label = make("label", { className: "form-check" });
      label.append(make("input", { type: "checkbox", className: "form-check-input", value }), ` ${text}`);
      found.append(label);
    }
    return found;
  }

  function controls(field, operator) {
    const { takes } = operator;
    if (takes === "nothing") return [];
    if (takes === "count") return [make("input", { type: "number", className: "form-control cond-count", min: 0, max: 36500 }, { "aria-label": operator.label })];
    if (field.widget === "remote") return [select(field, takes === "several")];
    if (field.widget === "choice") return [takes === "several" ? boxes(field) : select(field, false)];
    return takes === "two" ? [plain(field), plain(field)] : [plain(field)];
  }

  function fill(control, value, text) {
    if (control.matches(".cond-boxes")) {
      for (const box of control.querySelectorAll("input")) if (box.value === String(value)) box.checked = true;
    } else if (control.dataset.remote) {
      control.append(make("option", { value, textContent: text ?? value, selected: true }));
    } else control.value = value;
  }

  const picked = (control) => [...control.selectedOptions].filter((option) => option.value);

  function read(control) {
    if (control.matches(".cond-boxes")) return [...control.querySelectorAll(":checked")].map((box) => box.value);
    if (control.matches("select")) return picked(control).map((option) => option.value);
    return control.value.trim() ? [control.value.trim()] : [];
  }

  const textsOf = (control) => (control.matches("select") ? picked(control).map((option) => option.textContent) : read(control));

  // --- a condition ---

  function row(fields, leaf = null) {
    const found = node("condition");
    const [name, comparison] = found.querySelectorAll("select");
    const box = found.querySelector("[data-value]");
    const day = found.querySelector("[data-day]");
    const field = () => fields.find((one) => one.name === name.value);
    const operator = () => field().operators.find((one) => one.name === comparison.value);

    let shown = [];

    function show(values = [], texts = []) {
      shown = controls(field(), operator());
      box.replaceChildren(...shown);
      const one = shown.length === 1;
      if (shown.length) values.forEach((value, place) => fill(shown[one ? 0 : place], value, texts[place]));
      if (box.isConnected) dress(box);
    }

    // What was given stays when another comparison can use it.
    function again() {
      const most = { one: 1, two: 2, several: 50 }[operator().takes] || 0;
      const kept = shown.some((control) => control.matches(".cond-count")) ? [] : shown.flatMap(read);
      show(kept.slice(0, most), shown.flatMap(textsOf).slice(0, most));
    }

    function compare() {
      comparison.replaceChildren(...options(field().operators.map((one) => [one.name, one.label])));
      day.hidden = !field().dated;
      day.querySelector("input").value = "";
    }

    name.append(...offered(fields));
    if (leaf) name.value = leaf.f;
    compare();
    if (leaf) comparison.value = leaf.o;
    if (leaf?.d) day.querySelector("input").value = leaf.d;
    show(leaf?.v, leaf?.t);
    name.addEventListener("change", () => { compare(); show(); });
    comparison.addEventListener("change", again);
    found.value = () => ({ field: field(), operator: operator(), values: shown.flatMap(read), day: day.querySelector("input").value });
    return found;
  }

  function leafOf(found) {
    const { field, operator, values, day } = found.value();
    const leaf = { f: field.name, o: operator.name, ...(day && { d: day }) };
    if (operator.takes === "nothing") return leaf;
    const needed = operator.takes === "two" ? 2 : 1;
    found.classList.toggle("is-wrong", values.length < needed);
    if (values.length < needed) return null;
    const typed = values.map((value) => (field.widget === "remote" || operator.takes === "count") && /^\d{1,9}$/.test(value) ? Number(value) : value);
    return { ...leaf, v: operator.takes === "several" || operator.takes === "two" ? typed : typed[0] };
  }

  // --- a group ---

  function group(fields, tree, depth) {
    const found = node("group");
    const [how, parts] = Object.entries(tree)[0];
    const list = found.querySelector("[data-parts]");
    found.querySelector("[data-how]").value = how;
    found.querySelector("[data-add=group]").hidden = depth >= DEEPEST;
    found.querySelector("[data-remove]").hidden = depth === 1;
    const add = (part) => list.append("f" in part ? row(fields, part) : group(fields, part, depth + 1));
    for (const part of parts) add(part);
    found.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (button?.closest("[data-group]") !== found) return;
      if (button.dataset.add === "condition") list.append(row(fields));
      if (button.dataset.add === "group") list.append(group(fields, { any: [] }, depth + 1));
      if (button.dataset.add) {
        dress(list.lastElementChild);
        list.lastElementChild.querySelector("select").focus();
      }
      if ("remove" in button.dataset) leave(button.closest("[data-condition], [data-group]"));
    });
    return found;
  }

  function leave(part) {
    const next = part.nextElementSibling || part.previousElementSibling;
    const above = part.parentElement.closest("[data-group]");
    part.remove();
    (next?.querySelector("select") || above.querySelector(":scope > .cond-foot button")).focus();
  }

  // The tree that stands in the builder; empty groups fall out, an incomplete condition is null.
  function treeOf(part) {
    if ("condition" in part.dataset) return leafOf(part);
    const parts = partsOf(part).map(treeOf).filter((one) => one !== undefined);
    if (parts.includes(null)) return null;
    return parts.length ? { [part.querySelector("[data-how]").value]: parts } : undefined;
  }

  // --- the panel ---

  async function build(place) {
    const { conditions, tree } = place.dataset;
    if (!fieldsOf.has(conditions)) fieldsOf.set(conditions, fetch(conditions).then((answer) => answer.json()));
    const fields = await fieldsOf.get(conditions);
    const root = JSON.parse(tree);
    const only = root.all.length === 1 && !("f" in root.all[0]) ? root.all[0] : root;
    place.replaceChildren(group(fields, only, 1));
    dress(place);
    const changed = () => { place.dataset.changed = ""; };
    for (const kind of ["change", "input"]) place.addEventListener(kind, changed);
    place.addEventListener("click", ({ target }) => { if (target.closest("button")) changed(); });
  }

  function put(form, place) {
    const tree = treeOf(place.firstElementChild);
    if (tree === null) return false;
    for (const old of form.querySelectorAll("input[name=where]")) old.remove();
    if (tree) form.append(make("input", { type: "hidden", name: "where", value: rison(tree) }));
    return true;
  }

  document.addEventListener("toggle", ({ target }) => {
    const place = target.open && target.matches?.(".filters") && target.querySelector("[data-conditions]");
    if (!place || place.firstElementChild) return;
    place.closest("[hidden]")?.removeAttribute("hidden");
    build(place).catch(() => {
      fieldsOf.clear();
      etap.toast(etap.texts.failed, "danger");
    });
  }, true);

  document.addEventListener("submit", (event) => {
    const place = event.target.querySelector?.("[data-conditions][data-changed]");
    if (!place || put(event.target, place)) return;
    event.preventDefault();
    const wrong = place.querySelector(".is-wrong");
    etap.toast(place.dataset.missing, "warning");
    wrong.querySelector("[data-value] input, [data-value] select")?.focus();
  });
})();

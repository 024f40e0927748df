// A new event: once contractor or contact is chosen, empty fields are filled and others offered.
// <form data-suggest="/events/suggest" data-offer="Keeper: {name}">
"use strict";

etap.ready((root) => {
  const begin = ({ elements: { contractor, subject } }) =>
    contractor.value ? subject.focus() : remoteSelect.focus(contractor.tomselect);
  const CHOSEN = ["contractor", "contact"];

  for (const form of etap.all(root, "form[data-suggest]")) {
    const filled = new Map(); // what was filled in here; what somebody chose stays
    const value = (field) => [...field.selectedOptions].map((one) => one.value).filter(Boolean).join();

    const put = (field, choices) => {
      const ids = choices.map(({ id }) => String(id));
      for (const { id, text } of choices) field.tomselect.addOption({ id: String(id), text });
      field.tomselect.setValue(field.multiple ? ids : ids[0] || "", true);
      filled.set(field.name, value(field));
    };

    const offer = (field, { id, text }) => {
      const box = field.closest(".form-field");
      box.querySelector("[data-offered]")?.remove();
      if (value(field) === String(id)) return;
      const chip = Object.assign(document.createElement("button"), { type: "button", className: "chip", textContent: form.dataset.offer.replace("{name}", text) });
      const holder = Object.assign(document.createElement("div"), { className: "chips", role: "status" });
      holder.dataset.offered = field.name;
      holder.append(chip);
      chip.addEventListener("click", () => { put(field, [{ id, text }]); holder.remove(); field.tomselect.focus(); });
      box.append(holder);
    };

    const take = ({ fill, offer: offered, for: whose }) => {
      for (const [name, was] of filled) {
        const field = form.elements[name];
        if (!(name in fill) && value(field) === was && !CHOSEN.includes(name)) put(field, []);
      }
      for (const [name, choices] of Object.entries(fill)) {
        const field = form.elements[name];
        if (field?.tomselect?.isFocused) continue; // somebody is choosing there
        if (field?.tomselect && (!value(field) || value(field) === filled.get(name))) put(field, choices);
      }
      for (const old of form.querySelectorAll("[data-offered]")) old.remove();
      for (const [name, choice] of Object.entries(offered)) if (form.elements[name]?.tomselect) offer(form.elements[name], choice);
      form.elements.suggested.value = whose ?? "";
    };

    let asked = 0;
    const ask = async () => {
      const number = ++asked;
      const query = new URLSearchParams(CHOSEN.map((name) => [name, form.elements[name].value]));
      const answer = await fetch(`${form.dataset.suggest}?${query}`, { headers: { Accept: "application/json" } });
      if (answer.ok && number === asked) take(await answer.json());
    };

    for (const name of CHOSEN) form.elements[name].addEventListener("change", ask);
    const isUntouched = !("dirty" in form.dataset) && document.activeElement === document.body;
    if (isUntouched && matchMedia("(pointer: fine)").matches) begin(form);
    if (CHOSEN.some((name) => form.elements[name].value) && !("dirty" in form.dataset)) ask();
  }
});

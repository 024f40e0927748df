// Forms and cards with many features: a box that narrows by label, fields that follow the series.
"use strict";

// <… data-narrow=".form-field"> shows those of its items whose label has all words of the box.
// A folded group is open while it has a match, and as it was once the box is empty.
etap.ready((root) => {
  const labelOf = (item) => etap.fold(item.querySelector("label, legend, dt, .form-check-label")?.textContent || "");

  for (const place of etap.all(root, "[data-narrow]")) {
    const box = place.querySelector("[data-narrow-box]");
    const [input, output] = box.children;
    const items = [...place.querySelectorAll(place.dataset.narrow)].map((item) => [item, labelOf(item)]);
    const groups = [...place.querySelectorAll("details")];
    let opened = null; // those open before somebody typed

    const narrow = () => {
      const words = etap.fold(input.value).split(/\s+/).filter(Boolean);
      opened = opened || groups.filter((group) => group.open);
      let found = 0;
      for (const [item, label] of items) {
        const fits = words.every((word) => label.includes(word));
        item.classList.toggle("is-narrowed", !fits);
        found += fits;
      }
      for (const group of groups) {
        const some = group.querySelector(`${place.dataset.narrow}:not(.is-narrowed)`);
        group.hidden = !some;
        group.open = words.length ? Boolean(some) : opened.includes(group);
      }
      if (!words.length) opened = null;
      output.textContent = words.length ? output.dataset.narrowFound.replace("{found}", found).replace("{all}", items.length) : "";
    };

    box.hidden = false;
    input.addEventListener("input", narrow);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault(); // it sends no form
    });
  }
});

// A new event: features that belong to other series are put aside, with what was typed in them.
etap.ready((root) => {
  for (const series of etap.all(root, "select[name=series_id]")) {
    const limited = [...series.form.querySelectorAll("[data-series]")];
    const show = () => {
      for (const control of limited) {
        const away = !control.dataset.series.split(" ").includes(series.value);
        const field = control.closest(".form-field");
        field.hidden = away;
        for (const one of field.querySelectorAll("input, select, textarea")) one.disabled = away;
        control.tomselect?.[away ? "disable" : "enable"]();
      }
    };
    if (limited.length) show();
    series.addEventListener("change", show);
  }
});

// A definition: what is asked of other kinds only is put aside, and sections without a field.
etap.ready((root) => {
  for (const kind of etap.all(root, "select[name=kind]")) {
    const limited = [...kind.form.querySelectorAll("[data-kinds]")];
    const show = () => {
      for (const control of limited) {
        control.disabled = !control.dataset.kinds.split(" ").includes(kind.value);
        control.closest(".form-field").hidden = control.disabled;
      }
      for (const section of kind.form.querySelectorAll(".form-section"))
        section.hidden = !section.querySelector(".form-field:not([hidden])");
    };
    if (limited.length) show();
    kind.addEventListener("change", show);
  }
});

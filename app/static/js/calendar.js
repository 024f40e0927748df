// The calendar: a stage is dragged to another day or hour, or moved there with Shift and an arrow.
"use strict";

(() => {
  const form = document.getElementById("move");
  const two = (number) => String(number).padStart(2, "0");
  let dragged = null;

  function move(entry, day, time) {
    form.action = `/today/stages/${entry.dataset.stage}/due`;
    form.elements.text.value = time ? `${day} ${time}` : day;
    form.requestSubmit();
  }

  function shifted(day, days) {
    const date = new Date(`${day}T12:00`);
    date.setDate(date.getDate() + days);
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  }

  function timeIn(entry, cell) {
    const { dropHour } = cell.dataset;
    const [, minutes] = (entry.dataset.time || "").split(":");
    return dropHour ? `${two(dropHour)}:${minutes || "00"}` : entry.dataset.time || "";
  }

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-stage]");
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragover", (event) => {
    const cell = event.target.closest("[data-drop-day]");
    if (!dragged || !cell) return;
    event.preventDefault();
    for (const other of document.querySelectorAll(".is-target")) other.classList.toggle("is-target", other === cell);
    cell.classList.add("is-target");
  });
  document.addEventListener("drop", (event) => {
    const cell = event.target.closest("[data-drop-day]");
    if (!dragged || !cell) return;
    event.preventDefault();
    if (cell !== dragged.closest("[data-drop-day]")) move(dragged, cell.dataset.dropDay, timeIn(dragged, cell));
  });
  document.addEventListener("dragend", () => {
    dragged = null;
    for (const cell of document.querySelectorAll(".is-target")) cell.classList.remove("is-target");
  });

  // Left and right are days; up and down are hours where the grid has them, else weeks.
  document.addEventListener("keydown", (event) => {
    const entry = event.target.closest?.("[data-stage]");
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!entry || !way || !event.shiftKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    const [days, rows] = way;
    const { day, time } = entry.dataset;
    const [hour, minutes] = (time || "").split(":").map(Number);
    if (rows && !entry.closest(".cal-month")) {
      if (time && hour + rows >= 0 && hour + rows < 24) move(entry, day, `${two(hour + rows)}:${two(minutes)}`);
    } else move(entry, shifted(day, days + 7 * rows), time || "");
  });
})();

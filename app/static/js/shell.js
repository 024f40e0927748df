// The frame of every page: texts, htmx manners, dialogs, menus, toasts, search, theme.
// Other files hook in through etap.ready(setUp), called for the page and each swapped-in part.
"use strict";

const etap = {
  texts: JSON.parse(document.getElementById("texts").textContent),
  token: document.querySelector('meta[name="csrf-token"]').content,
  actions: {}, // what keys do, by name; js/keyboard.js calls them

  ready(setUp) {
    setUp(document);
    document.addEventListener("htmx:load", (event) => setUp(event.target));
  },

  // The form in which text is searched: no case, no accents, l for ł.
  fold: (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[łŁ]/g, "l").toLowerCase(),

  all(root, selector) {
    const own = root.matches?.(selector) ? [root] : [];
    return [...own, ...root.querySelectorAll(selector)];
  },
};

// htmx: our token on each request, refusals shown, focus and patience kept.
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = etap.token;
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 401) return window.location.reload();
  const isPage = /^\s*<!doctype/i.test(xhr.responseText);
  const isHtml = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/html");
  if (isPage || !isHtml) {
    event.detail.shouldSwap = false;
    if (xhr.status >= 400 || isPage) etap.toast(etap.texts.failed, "danger");
  }
});

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"])
  document.addEventListener(failure, () => etap.toast(etap.texts.failed, "danger"));

// What somebody waits for is dimmed; what loads by itself stays as it is until it comes.
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, target, xhr } = event.detail;
  if (/^(load|intersect)/.test(elt.getAttribute("hx-trigger"))) return;
  const slow = setTimeout(() => {
    target.classList.add("is-loading");
    target.setAttribute("aria-busy", "true");
  }, 300);
  xhr.addEventListener("loadend", () => {
    clearTimeout(slow);
    target.classList.remove("is-loading");
    target.removeAttribute("aria-busy");
  });
});

let focusedPlace = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const active = document.activeElement;
  const { target } = event.detail;
  const near = target.contains(active) ? active.closest("[data-row][id], form[id]") : target;
  if (target.contains(active) || target.matches(".is-current"))
    focusedPlace = active.id || near?.closest("[data-row][id], form[id]")?.id || "";
});

// What needs attention is focused first; then the same control, its row or form, or what came new.
document.addEventListener("htmx:afterSettle", (event) => {
  const attention = event.target.matches("[data-attention]") ? event.target : event.target.querySelector("[data-attention]");
  const old = document.getElementById(focusedPlace || "");
  const isLost = focusedPlace !== null && document.activeElement === document.body;
  focusedPlace = null;
  if (attention && !document.querySelector("dialog:modal")) return attention.focus();
  if (!isLost) return;
  const place = old?.checkVisibility() ? old : event.target;
  const focusable = "[autofocus], [data-focus], a[href], button, input:not([type=hidden])";
  const inside = place.querySelector("[data-focus]") || place.querySelector(focusable);
  (place.matches("a, button, input, select, textarea") ? place : inside)?.focus();
});

// Dialogs: native, opened and closed by attributes; an answer may send HX-Trigger: close-dialog.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) document.querySelector(opener.dataset.dialogOpen).showModal();
  if (event.target.closest("[data-dialog-close]")) {
    event.preventDefault(); // a link that leads out without scripts
    event.target.closest("dialog").close();
  }
  if (event.target.matches("dialog") && isOutside(event.target, event)) event.target.close();
});

etap.ready((root) => {
  for (const dialog of etap.all(root, "dialog[open][data-modal]")) {
    dialog.close();
    dialog.showModal();
  }
});

// A download leaves the page as it is; its dialog has done its work.
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-download]")) event.target.closest("dialog")?.close();
});

document.addEventListener("close-dialog", () => {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
});

function isOutside(dialog, { clientX, clientY }) {
  const box = dialog.getBoundingClientRect();
  const within = clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
  return !within && !dialog.querySelector("form[data-guard]");
}

// Menus: one open at a time, placed beside its button and inside the window.
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.("[data-menu]") || !event.target.open) return;
  closeMenus(event.target);
  placeMenu(event.target);
}, true);

// What many rows offer alike stands once in a template; a row gets its copy before its menu opens,
// so that the next key finds it there.
document.addEventListener("click", ({ target }) => {
  const menu = target.closest("summary")?.parentElement;
  const source = menu?.dataset.menu && document.querySelector(menu.dataset.menu);
  if (source && !menu.querySelector(".menu-panel")) menu.append(source.content.cloneNode(true));
});

document.addEventListener("click", ({ target }) => {
  const selector = target.closest("[data-click]")?.dataset.click;
  if (selector) target.closest("[data-row]").querySelector(selector).click();
});

document.addEventListener("click", ({ target }) => closeMenus(target.closest(".menu-panel :is(a, button)") ? null : target.closest("[data-menu]")));
document.addEventListener("scroll", () => closeMenus(null), { passive: true });
document.addEventListener("focusin", ({ target }) => closeMenus(target.closest("[data-menu]")));
document.addEventListener("keydown", (event) => {
  const menu = document.querySelector("[data-menu][open]");
  if (event.key !== "Escape" || !menu) return;
  event.preventDefault();
  menu.open = false;
  menu.querySelector("summary").focus();
});

function closeMenus(except) {
  for (const menu of document.querySelectorAll("[data-menu][open]"))
    if (menu !== except) menu.open = false;
}

function placeMenu(menu) {
  const panel = menu.querySelector(".menu-panel");
  const anchor = menu.querySelector("summary").getBoundingClientRect();
  const below = anchor.bottom + 6;
  const fits = below + panel.offsetHeight < window.innerHeight;
  const left = Math.max(8, Math.min(anchor.right, window.innerWidth - 8) - panel.offsetWidth);
  Object.assign(panel.style, {
    position: "fixed",
    inset: "auto",
    left: `${left}px`,
    top: `${fits ? below : Math.max(8, anchor.top - 6 - panel.offsetHeight)}px`,
  });
}

// Toasts: they leave after a while, but wait while pointed at or focused.
const SECONDS = { info: 8, success: 8, undo: 10 };
const UNDOABLE = 55_000; // milliseconds; the server takes an undo for a minute
let place = null; // of the act whose answer is put in now

etap.toast = (text, kind = "info") => {
  const card = document.createElement("div");
  const words = document.createElement("div");
  const close = document.createElement("button");
  card.className = `toast-card toast-${kind}`;
  card.dataset.toast = kind;
  words.className = "toast-text";
  words.textContent = text;
  close.className = "btn btn-ghost btn-icon";
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", etap.texts.dismiss);
  close.dataset.toastClose = "";
  card.append(words, close);
  const region = document.getElementById("toasts");
  const shown = [...(region?.querySelectorAll(".toast-text") || [])].map((one) => one.textContent);
  if (!region || shown.includes(text)) return;
  region.append(card);
  startToast(card);
};

function startToast(card) {
  if (card.dataset.started) return;
  card.dataset.started = "true";
  if (place) card.dataset.place = place;
  let left = Number(card.dataset.seconds) || SECONDS[card.dataset.toast];
  if (!left) return;
  const born = Date.now();
  const timer = setInterval(() => {
    if (!card.isConnected) return clearInterval(timer);
    const isLate = card.dataset.toast === "undo" && Date.now() - born > UNDOABLE;
    if (isLate) return card.remove();
    if (card.matches(":hover, :focus-within")) return;
    left -= 1;
    const count = card.querySelector(".toast-count");
    if (count) count.textContent = left;
    if (left <= 0) card.remove();
  }, 1000);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-toast-close]")) event.target.closest("[data-toast]").remove();
});

// A later act at the same place leaves nothing of the earlier one to undo.
document.addEventListener("htmx:beforeSwap", ({ detail: { requestConfig, xhr, target } }) => {
  place = requestConfig.verb === "get" ? null : target.id;
  if (!place || xhr.status >= 400) return;
  for (const card of document.querySelectorAll("[data-toast=undo]"))
    if (card.dataset.place === place || (place === "main" && !card.dataset.place)) card.remove();
});

// The words of toasts that came with the page are put in once more, so that screen readers announce
// them; the buttons stay in place: one that moves between press and release is not clicked.
const region = document.getElementById("toasts");
if (region) {
  const again = (words) => words.replaceChildren(...words.childNodes);
  setTimeout(() => etap.all(region, ".toast-text").forEach(again), 200);
  new MutationObserver(() => etap.all(region, "[data-toast]").forEach(startToast)).observe(region, { childList: true });
  etap.all(region, "[data-toast]").forEach(startToast);
}

// Search: suggestions below the box, walked with the arrows.
const search = document.querySelector("[data-search]");
if (search) {
  const box = search.querySelector("input");
  const panel = search.querySelector(".search-panel");
  const options = () => [...panel.querySelectorAll('[role="option"]')];
  const chosen = () => options().find((option) => option.ariaSelected === "true");

  const show = (open) => {
    panel.hidden = !open;
    if (!open) for (const option of options()) option.setAttribute("aria-selected", "false");
    box.setAttribute("aria-expanded", String(open && options().length > 0));
    if (!chosen()) box.removeAttribute("aria-activedescendant");
  };

  const mark = (option) => {
    for (const other of options()) other.setAttribute("aria-selected", String(other === option));
    box.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };

  const step = (by) => {
    const list = options();
    const at = list.findIndex((option) => option.ariaSelected === "true");
    if (list.length) mark(list.at((at + by + (at < 0 && by < 0 ? 1 : 0)) % list.length));
  };

  const keys = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Escape: () => (panel.hidden ? box.blur() : show(false)),
    Enter: () => chosen()?.click(),
  };

  box.addEventListener("keydown", (event) => {
    if (!keys[event.key] || (event.key === "Enter" && !chosen())) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  });
  box.addEventListener("htmx:beforeRequest", (event) => {
    if (!box.value.trim()) event.preventDefault();
  });
  box.addEventListener("input", () => box.value.trim() || show(false));
  box.addEventListener("focus", () => box.value.trim() && panel.hasChildNodes() && show(true));
  panel.addEventListener("htmx:afterSwap", () => show(search.contains(document.activeElement)));
  search.addEventListener("focusout", (event) => search.contains(event.relatedTarget) || show(false));
}

// Tabs: where they don't fit, the present one is scrolled to.
etap.ready((root) => {
  for (const tab of etap.all(root, ".tabs [aria-current]"))
    tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 40;
});

// Theme: applied at once, remembered by the server.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-theme-switch]")) return;
  event.preventDefault();
  const form = event.target;
  const { value } = event.submitter;
  if (value === "auto") delete document.documentElement.dataset.bsTheme;
  else document.documentElement.dataset.bsTheme = value;
  for (const button of form.querySelectorAll("button"))
    button.setAttribute("aria-pressed", String(button === event.submitter));
  fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), redirect: "manual" });
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

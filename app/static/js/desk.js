// The bell: asks how much is new, at most once a minute and only while somebody looks.
"use strict";

(() => {
  const bell = document.querySelector("[data-bell]");
  if (!bell) return;
  const MINUTE = 60_000;
  const shown = bell.querySelector(".bell-count");

  function show({ count, shown: words, text }) {
    shown.hidden = !count;
    shown.textContent = words;
    bell.title = text;
    bell.setAttribute("aria-label", text);
  }

  async function ask() {
    const kept = JSON.parse(sessionStorage.getItem("bell") || "null");
    if (kept && kept.of === bell.dataset.bell && Date.now() - kept.at < MINUTE / 3) return show(kept);
    if (document.hidden) return undefined;
    const answer = await fetch("/bell/count", { headers: { "X-Unattended": "1", "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) return undefined;
    const found = await answer.json();
    sessionStorage.setItem("bell", JSON.stringify({ ...found, of: bell.dataset.bell, at: Date.now() }));
    return show(found);
  }

  if (document.querySelector(".bell")) sessionStorage.removeItem("bell");
  ask();
  setInterval(ask, MINUTE);
})();

// What on a page doesn't take the focus, doesn't show it, or is covered when it has it.
// Of the rows of a list the first two and the last are tried: the others are made alike. Fields of
// remote selects open on focus; a test of their own walks over them.
() => {
  if (window.innerWidth <= 640) return []; // a keyboard comes with a wide window
  const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  const found = [];
  const scope = [...document.querySelectorAll("dialog:modal, :popover-open")].at(-1) || document.body;
  const rows = [...scope.querySelectorAll("[data-row]")];
  const alike = new Set(rows.slice(2, -1));
  const isMeant = (one) => !one.disabled && one.tabIndex >= 0 && !alike.has(one.closest("[data-row]")) &&
    !one.closest("[inert], .ts-wrapper") && one.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true});
  const say = (one, words) => found.push(`${words}: ${one.outerHTML.slice(0, 110)}`);

  function isMarked(one) {
    const near = [one, one.parentElement, one.querySelector("*")].filter(Boolean).map((each) => getComputedStyle(each));
    return near.some((style) => (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none");
  }

  function isUncovered(one) {
    const box = one.getClientRects()[0];
    if (!box) return false;
    const inset = (share) => [box.left + box.width * share, box.top + box.height * share];
    const points = [inset(0.5), inset(0.15), inset(0.85)];
    const seen = points.map(([x, y]) => document.elementFromPoint(x, y));
    return seen.some((each) => each && (one.contains(each) || each.contains(one) || each.closest("label")?.control === one));
  }

  for (const one of [...scope.querySelectorAll(FOCUSABLE)].filter(isMeant)) {
    if (one.tabIndex > 0) say(one, "comes out of order");
    one.closest(".menu-panel")?.parentElement.setAttribute("open", ""); // it closed when the focus left it
    if (document.activeElement === one) one.blur(); // it would not show the focus anew
    one.focus({focusVisible: true});
    if (document.activeElement !== one) say(one, "takes no focus");
    else if (!isMarked(one)) say(one, "does not show the focus");
    else if (!isUncovered(one)) say(one, "is covered when focused");
  }
  document.activeElement.blur();
  window.scrollTo(0, 0);
  return found;
}

/* Another address of the Compare page: only what it changes is read again, the rest stays with its scroll and its focus.

   The models and their slider, the section, or on the maps what they show. All ways lead here: a tab, a select, a step,
   a link, Back, undo. What the page writes into the address by itself (`compare.js`) is shown already. */
window.atlas = window.atlas || {};
window.dash_clientside = window.dash_clientside || {};
(function (atlas) {
  "use strict";
  const { PATH, address } = atlas.compare; // `compare.js` comes before this file
  const OF_THE_BAR = ["models", "model", "family", "steps"];
  const OF_THE_MAPS = ["matrix", "rows", "columns", "cell", "dimension"];
  const FOCUS_MS = 3000;
  let here = null; // what the address said when this page was last looked at

  const set = (id, data) => window.dash_clientside.set_props(id, { data });

  const sectionOf = () => new URLSearchParams(location.search).get("section") || "maps";

  /* Names of the fields in which two queries differ. */
  function differing(before, after) {
    const [a, b] = [new URLSearchParams(before), new URLSearchParams(after)];
    return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
  }

  function follow() {
    const none = window.dash_clientside.no_update;
    const box = document.getElementById("compare-section");
    if (location.pathname !== PATH || !box) return none;
    const before = here;
    here = location.search;
    markTabs();
    if (!box.dataset.drawn) box.dataset.drawn = "1"; // built for this very address
    else read(differing(before, here));
    return none;
  }

  /* Ask for the parts that these fields change. */
  function read(changed) {
    if (!changed.length) return;
    const asked = here + (here ? "&" : "?") + "at=" + Date.now();
    if (document.getElementById("compare-map-0") && sectionOf() === "maps" && changed.every((name) => OF_THE_MAPS.includes(name))) return set("compare-picked", asked);
    if (changed.some((name) => OF_THE_BAR.includes(name))) {
      keepFocus("compare-bar");
      set("compare-bar-again", asked);
    }
    keepFocus("compare-section");
    set("compare-again", asked);
  }

  /* The page has written the address itself. */
  function written() {
    here = location.search;
    markTabs();
  }

  function markTabs() {
    const shown = sectionOf();
    for (const tab of document.querySelectorAll("[data-compare-section]")) {
      const name = tab.dataset.compareSection;
      if (name === shown) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
      tab.querySelector("a").href = address({ section: name === "maps" ? null : name }); // for a tab of its own
    }
  }

  /* What is replaced while it has the focus gives it to its successor. */
  function keepFocus(id) {
    const box = document.getElementById(id);
    const held = document.activeElement;
    const name = box?.contains(held) && (held.getAttribute("aria-label") || held.id);
    if (!name) return;
    const watching = new MutationObserver(() => {
      const { activeElement } = document;
      if (activeElement && activeElement !== document.body && activeElement !== held) return watching.disconnect();
      const heir = Array.from(box.querySelectorAll("[aria-label], [id]")).find(
        (one) => one !== held && (one.getAttribute("aria-label") || one.id) === name,
      );
      if (heir) heir.focus({ preventScroll: true });
    });
    watching.observe(box, { childList: true, subtree: true });
    setTimeout(() => watching.disconnect(), FOCUS_MS);
  }

  // Dash hears of Back only where it knew the address that was left; twice is as once.
  window.addEventListener("popstate", follow);
  Object.assign(atlas.compare, { written });
  window.dash_clientside.compare_page.follow = follow;
})(window.atlas);

/* Keys of every page: search, help, undo, layers, going to a page. None fires while somebody types.

   Elements with data-hand="search|help|undo|redo", and the buttons #hand-undo and #hand-redo, do the same by click. */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";
  const CHORD_MS = 1200;
  const SAY_MS = 2500;
  const TYPING = "input, textarea, select, [contenteditable=true], [role=textbox], [role=combobox], [role=listbox]";
  const CHOSEN = "[type=radio], [type=checkbox], [type=button], [type=range], [type=file]";
  /* Boxes, buttons of a choice and closed lists that one cannot write into keep the focus after a click; no text is
     typed there. */
  const isTyping = (target) => {
    const field = target.closest?.(TYPING);
    if (!field || field.matches(CHOSEN)) return false;
    return !field.readOnly || isOpenList(field);
  };
  /* A list that cannot be searched says so in its data only. */
  const isOpenList = (field) => field.getAttribute("aria-expanded") === "true" || field.dataset.expanded === "true";
  const element = (id) => document.getElementById(id);
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const isOpen = (id) => Boolean(document.querySelector(`.${id} [role=dialog]`));
  /* Another sheet lies above the page; closed ones may stay in the document. */
  const isCovered = () =>
    [...document.querySelectorAll(".mantine-Modal-content, .mantine-Drawer-content")].some(
      (sheet) => !sheet.closest(".hand-palette, .hand-help") && sheet.checkVisibility({ visibilityProperty: true }),
    );
  let opener = null; // where the focus was
  let early = null; // what is typed while the search opens
  let chord = 0; // until when a letter after `g` counts
  let saying = null;

  atlas.say = function (text) {
    const box = element("hand-said");
    if (!box) return;
    box.textContent = text;
    box.classList.add("is-shown");
    clearTimeout(saying);
    saying = setTimeout(() => box.classList.remove("is-shown"), SAY_MS);
  };

  /* -- search and help ------------------------------------------------------------------------------------- */

  function open(id) {
    const other = id === "hand-palette" ? "hand-help" : "hand-palette";
    if (isOpen(other)) set(other, { opened: false });
    else if (!isOpen(id)) opener = document.activeElement;
    set(id, { opened: true });
    if (id !== "hand-palette") return;
    early = "";
    whenThere("hand-search", begin);
  }

  function begin(field) {
    field.focus();
    if (early) {
      // React hears only what goes through the setter that it has not replaced.
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, early);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    } else field.select();
    early = null;
  }

  function whenThere(id, then, tries = 120) {
    const found = element(id);
    if (found) then(found);
    else if (tries) requestAnimationFrame(() => whenThere(id, then, tries - 1));
    else early = null;
  }

  function shut(id) {
    set(id, { opened: false });
    const back = opener?.isConnected ? opener : element("shell-page");
    setTimeout(() => back?.focus({ preventScroll: true }), 120);
  }

  /* Arrows go through the hits, Enter in the field opens the first; letters go on in the field. */
  function inPalette(event) {
    const hits = [...document.querySelectorAll("#hand-hits .hand-hit")];
    const at = hits.indexOf(document.activeElement);
    const field = element("hand-search");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const next = at + step;
      (next < 0 ? field : hits[Math.min(next, hits.length - 1)])?.focus();
    } else if (event.key === "Enter" && at < 0 && event.target === field) {
      event.preventDefault();
      openFirst(field, 30);
    } else if (at >= 0 && (event.key.length === 1 || event.key === "Backspace") && !event.ctrlKey && !event.metaKey) {
      field?.focus();
    }
  }

  /* The hits of what stands in the field may still be on their way. */
  function openFirst(field, tries) {
    const shown = document.querySelector("#hand-hits > [data-answers]");
    const first = shown?.querySelector(".hand-hit");
    if (shown?.dataset.answers === field.value) first?.click();
    else if (tries) setTimeout(() => openFirst(field, tries - 1), 50);
  }

  /* -- layers, pages ------------------------------------------------------------------------------------------ */

  /* The same matrix one layer up or down, the layer slider of the similarity map. */
  function layer(down) {
    const grid = element("atlas-grid")?.grid;
    if (grid) return grid.step(down, 0);
    const slider = document.querySelector(".languages-one [role=slider]");
    if (slider?.offsetParent) {
      const key = down > 0 ? "ArrowRight" : "ArrowLeft";
      slider.focus();
      return slider.dispatchEvent(new KeyboardEvent("keydown", { key, code: key, bubbles: true }));
    }
    const marked = document.querySelector(".compare-picker .is-marked .heat-button");
    const [, now, kind] = /^(\d+)\.(.*)$/.exec(marked ? JSON.parse(marked.id).left : "") || [];
    const beside = [...document.querySelectorAll(".compare-picker .heat-button")].find(
      (button) => now !== undefined && JSON.parse(button.id).left === Number(now) + down + "." + kind,
    );
    if (beside) return beside.click();
    atlas.say(now === undefined ? "No layer to go through here" : "No layer beyond");
  }

  function jump(letter) {
    const path = JSON.parse(element("hand-said")?.dataset.jumps || "{}")[letter];
    if (!path) return false;
    // The road of every link of the frame: the router takes the chosen model.
    window.history.pushState({}, "", path);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
    return true;
  }

  /* -- keys --------------------------------------------------------------------------------------------------- */

  function plain(event) {
    if (Date.now() < chord) {
      chord = 0;
      if (jump(event.key)) return true;
    }
    switch (event.key) {
      case "/": return open("hand-palette"), true;
      case "?": return open("hand-help"), true;
      case "u": return atlas.undo(), true;
      case "U": return atlas.redo(), true;
      case "[": return layer(-1), true;
      case "]": return layer(1), true;
      case "g": return (chord = Date.now() + CHORD_MS), true;
      default: return false;
    }
  }

  function withControl(event) {
    const key = event.key.toLowerCase();
    if (key === "k") return open("hand-palette"), true;
    if (isTyping(event.target)) return false; // a text has its own undo
    if (key === "z") return event.shiftKey ? atlas.redo() : atlas.undo(), true;
    if (key === "y") return atlas.redo(), true;
    return false;
  }

  function onKey(event) {
    if (event.isComposing || event.defaultPrevented || event.altKey) return;
    if (event.key === "Escape" && isOpen("hand-palette")) return shut("hand-palette");
    if (event.key === "Escape" && isOpen("hand-help")) return shut("hand-help");
    // A field is left, its list closed before: the next key is a command again.
    const field = event.key === "Escape" && !isCovered() && isTyping(event.target) && event.target;
    if (field && !isOpenList(field)) return field.blur();
    const control = event.ctrlKey || event.metaKey;
    if (early !== null && event.key.length === 1 && !control) {
      early += event.key;
      return event.preventDefault();
    }
    if (isOpen("hand-palette") && !control) return inPalette(event);
    const isAlone = !control && !isTyping(event.target) && !isCovered();
    if (control ? withControl(event) : isAlone && plain(event)) event.preventDefault();
  }

  function onClick(event) {
    const hit = event.target.closest?.(".hand-hit, #hand-sheet a");
    if (hit) return setTimeout(() => (opener = null, shut(isOpen("hand-palette") ? "hand-palette" : "hand-help")), 0);
    const button = event.target.closest?.("[data-hand], #hand-undo, #hand-redo");
    const what = button?.dataset.hand || button?.id.replace("hand-", "");
    if (what === "search") open("hand-palette");
    else if (what === "help") open("hand-help");
    else if (what === "undo") atlas.undo();
    else if (what === "redo") atlas.redo();
  }

  /* Arrows without words: to screen readers they say where they lead. */
  function nameArrows() {
    for (const arrows of document.querySelectorAll(".mantine-Pagination-root:not([data-named])")) {
      arrows.dataset.named = "yes";
      const bare = [...arrows.querySelectorAll("button")].filter((button) => !button.textContent);
      const names = bare.length > 2 ? ["First page", "Page before", "Next page", "Last page"] : ["Page before", "Next page"];
      bare.forEach((button, place) => button.setAttribute("aria-label", names[place] || "Page"));
    }
  }

  /* The term that the address names stands in view. */
  new MutationObserver(() => {
    nameArrows();
    const chosen = document.querySelector(".glossary-entry.is-chosen:not([data-seen])");
    if (!chosen) return;
    chosen.dataset.seen = "yes";
    chosen.scrollIntoView({ block: "center" });
  }).observe(document.documentElement, { childList: true, subtree: true });

  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
})(window.atlas);

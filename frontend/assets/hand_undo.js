/* Undo of the last view change: a stack of addresses per tab. window.atlas.undo(), window.atlas.redo().

   A view is its address, so a view change is a change of the address after the hand did something: a click, a wheel,
   a key outside of a text. What a page writes into the address by itself (its usual choices, a state restored) belongs
   to the change before it. Undoing asks the router for the former address: the whole view comes back. */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";
  const STORE = "atlas-undo";
  const MOST = 60;
  const TEXTS = "input:not([type=checkbox]):not([type=radio]):not([aria-haspopup]), textarea, [contenteditable=true]";
  const read = () => {
    try {
      return JSON.parse(sessionStorage.getItem(STORE)) || {};
    } catch (error) {
      return {};
    }
  };
  const { back = [], forward = [] } = read();
  let here = address();
  let touched = false; // the hand did something since the last view change

  function address() {
    return location.pathname + location.search;
  }

  /* An address that names no model (models, on Compare) means the chosen one; it must still mean that one later. */
  function whole(found) {
    if (/[?&]models?=/.test(found)) return found;
    try {
      const model = JSON.parse(localStorage.getItem("shell-model"));
      if (model) return found + (found.includes("?") ? "&" : "?") + "model=" + encodeURIComponent(model);
    } catch (error) {
      // An unreadable store is an empty one.
    }
    return found;
  }

  function keep() {
    back.splice(0, Math.max(0, back.length - MOST));
    sessionStorage.setItem(STORE, JSON.stringify({ back, forward }));
    for (const [id, stack] of [["hand-undo", back], ["hand-redo", forward]]) {
      const button = document.getElementById(id);
      if (button) button.setAttribute("aria-disabled", String(!stack.length));
    }
  }

  /* The address may have changed; `always` where the browser itself went back or forward. */
  function moved(always) {
    const now = address();
    if (now === here) return;
    if (touched || always) {
      back.push(whole(here));
      forward.length = 0;
      keep();
    }
    touched = false;
    here = now;
  }

  for (const name of ["pushState", "replaceState"]) {
    const original = history[name];
    history[name] = function (...given) {
      const before = whole(here); // the store of the model may change together with the address
      original.apply(history, given);
      const after = address();
      if (after !== here && touched) {
        back.push(before);
        forward.length = 0;
        touched = false;
        here = after;
        keep();
      } else moved(false);
    };
  }
  window.addEventListener("popstate", () => moved(true), true);

  const typing = (event) => event.key.length === 1 || event.key === "Backspace" || event.key === "Delete";
  const inText = (event) => event.target.closest?.(TEXTS);
  document.addEventListener("pointerdown", (event) => (touched = touched || !inText(event)), true);
  document.addEventListener("wheel", () => (touched = true), { capture: true, passive: true });
  document.addEventListener("keydown", (event) => (touched = touched || !(inText(event) && typing(event))), true);

  /* The view of an address, by the road of every link; Dash may think that it is there already. */
  function go(target) {
    touched = false;
    history.pushState({}, "", target);
    touched = false;
    here = target;
    keep();
    const { href, pathname, search } = location;
    window.dash_clientside.set_props("shell-location", { href, pathname, search });
    const named = [pathname.slice(1) || "start", ...new URLSearchParams(search).values()].slice(0, 4).join(" · ");
    atlas.say?.("Back at " + named);
  }

  function step(from, to, none) {
    const target = from.pop();
    if (!target) return atlas.say?.(none);
    to.push(whole(here));
    go(target);
  }

  atlas.undo = () => step(back, forward, "No view before this one");
  atlas.redo = () => step(forward, back, "No view after this one");
})(window.atlas);

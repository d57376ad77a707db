/* Every picture of a page, as it appears: a name and a description for who does not see it, and a small menu to take
   it along (PNG, SVG, HTML) or to read it as text. Graphs of plotly say themselves what they are (`layout.meta`,
   frontend/figures/telling.py); maps are asked (`exports_canvas.js`). */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";
  const ITEMS = [["png", "Save as PNG"], ["svg", "Save as SVG"], ["html", "Save as HTML"], ["text", "Read as text"]];
  const KEYS = { ArrowDown: 1, ArrowUp: -1 };
  let shown = null; // {button, picture} whose menu is open

  /* -- what is there ---------------------------------------------------------------------------------------- */

  function sweep() {
    for (const graph of document.querySelectorAll(".js-plotly-plot")) if (graph._fullLayout) tend(graph);
    for (const bar of document.querySelectorAll(".matrix-bar")) {
      const element = bar.parentElement;
      if (element.matrix?.spec) offer(bar, () => atlas.exports.matrix(element));
    }
    for (const readout of document.querySelectorAll(".grid-readout")) {
      const element = readout.parentElement;
      if (element.grid?.spec) offer(element, () => atlas.exports.grid(element));
    }
  }

  /* The drawing is one image to a screen reader; the button stands beside it. */
  function tend(graph) {
    const drawing = graph.querySelector(".plot-container");
    if (!drawing) return;
    const { title, description } = atlas.exports.plotly(graph).told();
    const label = [title, description].filter(Boolean).join(". ").replaceAll("..", ".");
    if (drawing.getAttribute("aria-label") !== label) {
      drawing.setAttribute("role", "img");
      drawing.setAttribute("aria-label", label);
    }
    offer(graph, () => atlas.exports.plotly(graph)).hidden = !graph.data?.length;
  }

  /* The button of one picture, named after it. */
  function offer(place, picture) {
    let button = place.querySelector(":scope > .figure-tool");
    if (!button) place.append((button = tool(picture)));
    const label = "Save or read: " + picture().told().title;
    if (button.getAttribute("aria-label") !== label) button.setAttribute("aria-label", label);
    return button;
  }

  function tool(picture) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "figure-tool";
    button.setAttribute("aria-haspopup", "menu");
    button.setAttribute("aria-expanded", "false");
    button.title = "Save or read this picture";
    button.innerHTML = '<span class="icon icon-download" aria-hidden="true"></span>';
    button.addEventListener("click", (event) => {
      event.stopPropagation(); // what lies below is not meant
      open(button, picture());
    });
    return button;
  }

  /* -- the menu --------------------------------------------------------------------------------------------- */

  function menu() {
    const found = document.getElementById("figure-menu");
    if (found) return found;
    const made = Object.assign(document.createElement("div"), { id: "figure-menu", className: "figure-menu", popover: "auto" });
    made.setAttribute("role", "menu");
    for (const [form, label] of ITEMS) {
      const item = Object.assign(document.createElement("button"), { type: "button", textContent: label });
      item.setAttribute("role", "menuitem");
      item.dataset.form = form;
      made.append(item);
    }
    made.addEventListener("click", (event) => choose(event.target.closest("[data-form]")?.dataset.form));
    made.addEventListener("keydown", move);
    made.addEventListener("toggle", (event) => shown?.button.setAttribute("aria-expanded", String(event.newState === "open")));
    document.body.append(made);
    return made;
  }

  function open(button, picture) {
    const list = menu();
    shown?.button.setAttribute("aria-expanded", "false");
    shown = { button, picture };
    list.setAttribute("aria-label", picture.told().title);
    list.showPopover();
    const place = button.getBoundingClientRect();
    const left = Math.max(8, Math.min(place.right - list.offsetWidth, innerWidth - list.offsetWidth - 8));
    const isLow = place.bottom + list.offsetHeight + 12 > innerHeight;
    Object.assign(list.style, { left: left + "px", top: (isLow ? place.top - list.offsetHeight - 4 : place.bottom + 4) + "px" });
    list.firstElementChild.focus();
  }

  function move(event) {
    const items = [...event.currentTarget.children];
    const step = KEYS[event.key];
    if (event.key === "Tab") event.currentTarget.hidePopover();
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
  }

  async function choose(form) {
    if (!form || !shown) return;
    const { button, picture } = shown;
    menu().hidePopover();
    button.focus();
    if (form === "text") return atlas.readAsText(picture);
    button.setAttribute("aria-busy", "true");
    try {
      await atlas.exports.save(picture, form);
    } catch (error) {
      const told = { action: "show", title: "This picture could not be saved", message: error.message, color: "red" };
      window.dash_clientside.set_props("shell-notifications", { sendNotifications: [told] });
    }
    button.removeAttribute("aria-busy");
  }

  let due = false;
  new MutationObserver(() => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      sweep();
    });
  }).observe(document.documentElement, { childList: true, subtree: true });
})(window.atlas);

/* Draws what frontend/plain.py says in an attribute, and tells Dash what was clicked in it.

   data-plain: [text or [tag, attributes, ...children], ...]; data-said-to on the same element: id of a store; a click on
   an element with data-says (JSON) writes it there, with the time. window.atlas.saying(said): the element that says it. */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";

  function made(part) {
    if (typeof part === "string") return part;
    const [tag, attributes, ...children] = part;
    const element = document.createElement(tag);
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    element.append(...children.map(made));
    return element;
  }

  function draw(element) {
    element.replaceChildren(...JSON.parse(element.dataset.plain).map(made));
  }

  atlas.saying = function (said) {
    const { at: _at, ...what } = said || {};
    const text = JSON.stringify(what);
    return [...document.querySelectorAll("[data-says]")].find((element) => JSON.stringify(JSON.parse(element.dataset.says)) === text);
  };

  document.addEventListener("click", (event) => {
    const element = event.target.closest?.("[data-says]");
    const store = element?.closest("[data-said-to]")?.dataset.saidTo;
    if (store) window.dash_clientside.set_props(store, { data: { ...JSON.parse(element.dataset.says), at: Date.now() } });
  });

  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes") draw(target);
      for (const node of addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        if (node.dataset.plain) draw(node);
        else node.querySelectorAll("[data-plain]").forEach(draw);
      }
    }
  }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-plain"] });
})(window.atlas);

/* Draws the figures of an exported report, in the colours of its reader; on paper they are light. */
(function () {
  "use strict";
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const looks = read("looks"), dark = window.matchMedia("(prefers-color-scheme: dark)");
  const boxes = [...document.querySelectorAll("[data-figure]")], drawn = new Set();
  const scaled = (stops) => (looks.scales.find(([light]) => String(light) === String(stops)) || [null, stops])[1];
  const look = () => (dark.matches ? "dark" : "light");

  /* As `looks.py` does it: marks and lines of a light ground in the colours of a dark one. */
  function paint(value, inside) {
    if (typeof value === "string") return inside ? looks.dark_of[value] || value : value;
    if (!value || typeof value !== "object") return value;
    for (const key of Object.keys(value)) {
      value[key] = key === "colorscale" ? scaled(value[key]) : paint(value[key], inside || looks.painted.includes(key));
    }
    return value;
  }

  function draw(box, name) {
    const figure = read(box.dataset.figure);
    figure.layout.template = looks[name];
    if (name === "dark") paint(figure.data, false);
    window.Plotly.react(box, figure.data, figure.layout, { displaylogo: false, showSendToCloud: false, responsive: true });
    drawn.add(box);
  }

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      if (!drawn.has(entry.target)) draw(entry.target, look());
    }
  }, { rootMargin: "600px" });
  boxes.forEach((box) => seen.observe(box));
  dark.addEventListener("change", () => drawn.forEach((box) => draw(box, look())));

  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open]):not(.long)")];
    opened.forEach((one) => { one.open = true; });
    boxes.forEach((box) => draw(box, "light"));
  });
  window.addEventListener("afterprint", () => {
    opened.forEach((one) => { one.open = false; });
    boxes.forEach((box) => draw(box, look()));
  });
})();

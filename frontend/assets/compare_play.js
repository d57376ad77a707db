/* Play through a family of models on Compare: each step once the pictures of the one before are there. */
window.atlas = window.atlas || {};
window.dash_clientside = window.dash_clientside || {};
(function (atlas) {
  "use strict";
  const { PATH, address } = atlas.compare; // `compare.js` comes before this file
  const PLAY_MS = 1200;
  const LOOK_MS = 150;
  let player = null;
  let stepped = 0;

  function beside(by) {
    const box = document.querySelector(".compare-player");
    const names = JSON.parse(box?.dataset.steps || "[]");
    const shown = (new URLSearchParams(location.search).get("models") || "").split(",");
    let place = names.indexOf(shown[1]);
    do place += by;
    while (place >= 0 && place < names.length && (!names[place] || names[place] === shown[0]));
    return names[place] ? { name: names[place], shown } : null;
  }

  function take(by) {
    const next = beside(by);
    if (!next) return false;
    stepped = performance.now();
    const [first, , ...rest] = next.shown;
    const models = [first, next.name, ...rest.filter((one) => one !== next.name)];
    window.dash_clientside.set_props("shell-location", { href: address({ models }) });
    return true;
  }

  /* Nothing on the page waits for its numbers. */
  function settled() {
    const maps = Array.from(document.querySelectorAll(".compare-map:not([hidden])"), (box) => box.matrix);
    const drawn = maps.every((matrix) => matrix?.tile && !matrix.stale && !matrix.element.classList.contains("matrix-busy"));
    return drawn && document.title !== "Updating..." && !document.querySelector("[data-dash-is-loading=true]");
  }

  function play() {
    if (player) return stop();
    stepped = 0;
    player = setInterval(() => {
      if (location.pathname !== PATH) return stop();
      if (performance.now() - stepped >= PLAY_MS && settled() && !take(1)) return stop();
      label();
    }, LOOK_MS);
    label();
  }

  function stop() {
    clearInterval(player);
    player = null;
    label();
  }

  function label() {
    const button = document.querySelector("[data-compare-play=play]");
    if (!button) return;
    button.textContent = player ? "❚❚" : "▶";
    button.setAttribute("aria-label", player ? "Pause" : "Play the steps");
  }

  function onClick(event) {
    const control = event.target.closest?.("[data-compare-play]")?.dataset.comparePlay;
    if (control === "play") play();
    else if (control) take(control === "on" ? 1 : -1);
  }

  document.addEventListener("click", onClick);
})(window.atlas);

/* What is picked on the maps of Compare, one cell or one dimension: asked of all models, marked on every map. */
window.atlas = window.atlas || {};
window.dash_clientside = window.dash_clientside || {};
(function (atlas) {
  "use strict";
  const { PATH, write } = atlas.compare; // `compare.js` comes before this file
  const none = () => window.dash_clientside.no_update;
  const AXES = ["row", "column"]; // on the screen: a vector is a single row
  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const WORDS = { up: [-1, 0], down: [1, 0], left: [0, -1], right: [0, 1] };
  const STEP_MS = 90;
  const NEAR = 8;
  let at = null;
  let stepping = 0;

  function matrices() {
    return Array.from(document.querySelectorAll(".compare-map"), (box) => box.matrix).filter((matrix) => matrix?.peers?.length);
  }

  function select(found) {
    at = found || null;
    const axis = found && "axis" in found ? { [AXES[found.axis]]: found.index } : null;
    const marked = axis || (found ? { row: found.row, column: found.column } : {});
    for (const matrix of matrices()) matrix.select(marked);
  }

  function askCell(detail) {
    window.dash_clientside.set_props("compare-cell-asked", { data: { search: location.search, ...detail } });
  }

  /* A click on a map; differences come after the models. */
  function wirePicks(box, place) {
    box.addEventListener("matrix:cell", ({ detail }) => {
      const { row, column, row_stop, column_stop } = detail;
      const vector = box.matrix.spec.vector;
      askCell({ place, ...(vector ? { row: 0, column, column_stop, row_stop } : { row, column, row_stop, column_stop }) });
    });
    box.addEventListener("matrix:dimension", ({ detail }) => {
      askCell({ axis: box.matrix.spec.vector ? 1 : detail.axis, index: detail.index });
    });
    box.addEventListener("keydown", (event) => {
      const step = ARROWS[event.key];
      if (!step || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey || !at) return;
      event.preventDefault();
      event.stopPropagation();
      walk(step);
    }, true);
  }

  /* One cell, or one dimension, further; the numbers follow when the hand rests. */
  function walk([down, right]) {
    const first = matrices()[0];
    if (!first || !at) return;
    const size = first.spec.shape;
    const inside = (value, axis) => Math.max(0, Math.min(size[axis] - 1, value));
    if ("axis" in at) select({ ...at, index: inside(at.index + (at.axis === 0 ? down : right), at.axis) });
    else select({ ...at, row: inside(at.row + down, 0), column: inside(at.column + right, 1) });
    follow(first, at);
    clearTimeout(stepping);
    const { axis, index, row, column } = at;
    stepping = setTimeout(() => askCell(axis === undefined ? { row, column } : { axis, index }), STEP_MS);
  }

  /* The window moves along when the cell would leave it. */
  function follow(matrix, { row, column }) {
    if (row === undefined) return;
    const { r0, r1, c0, c1 } = matrix.view;
    const shift = (value, start, stop) => (value < start ? value - start : value + 1 > stop ? value + 1 - stop : 0);
    const [down, right] = [shift(row, r0, r1), shift(column, c0, c1)];
    if (down || right) matrix.move({ r0: r0 + down, r1: r1 + down, c0: c0 + right, c1: c1 + right }, { now: true });
  }

  /* The server says which cell it was. */
  function markPicked(found) {
    if (!found || location.pathname !== PATH) return none();
    const shown = matrices()[0];
    if (!shown || shown.spec.matrix !== found.matrix) return none();
    select(found);
    const dimension = "axis" in found ? AXES[found.axis] + "-" + found.index : null;
    write({ cell: dimension ? null : found.row + "," + found.column, dimension }, false);
    return none();
  }

  /* Links whose answer is already on the page: marked or zoomed at once; with a key held they stay links. */
  function onLink(event) {
    const link = event.target.closest?.("[data-compare-dimension], [data-compare-cell]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !matrices().length) return;
    event.preventDefault();
    if (link.dataset.compareDimension) {
      const [axis, index] = link.dataset.compareDimension.split(",").map(Number);
      askCell({ axis, index });
    } else {
      const [row, column] = link.dataset.compareCell.split(",").map(Number);
      matrices()[0].move({ r0: row - NEAR, r1: row + NEAR, c0: column - NEAR, c1: column + NEAR }, { now: true });
    }
  }

  function onStep(event) {
    const step = event.target.closest?.("[data-compare-step]");
    if (step) walk(WORDS[step.dataset.compareStep]);
  }

  document.addEventListener("click", onLink);
  document.addEventListener("click", onStep);
  Object.assign(atlas.compare, { wirePicks, select });
  window.dash_clientside.compare_page.mark = markPicked;
})(window.atlas);

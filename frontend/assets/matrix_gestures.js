/* Mouse and keys of a matrix: wheel zooms, drag pans, Shift + drag zooms into a box, click picks.
   Keys: Shift + arrows pan, + - 0 zoom, Enter marks the middle and picks the mark, arrows move it, Esc takes it away. */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";
  const CLICK_PIXELS = 4;

  function place(matrix, event) {
    const box = matrix.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  function inPlot(plot, { x, y }) {
    return x >= plot.x && x < plot.x + plot.w && y >= plot.y && y < plot.y + plot.h;
  }

  function cellAt(matrix, { x, y }) {
    const { plot, view } = matrix;
    return {
      row: view.r0 + ((y - plot.y) / plot.h) * (view.r1 - view.r0),
      column: view.c0 + ((x - plot.x) / plot.w) * (view.c1 - view.c0),
    };
  }

  /* The profile under the pointer: the largest dimension within one pixel of it. */
  function profileAt(matrix, { x, y }) {
    const { plot, view } = matrix;
    const above = y < plot.y && x >= plot.x && x < plot.x + plot.w;
    const beside = x > plot.x + plot.w && y >= plot.y && y < plot.y + plot.h;
    const profile = matrix.profiles.find((item) => (above ? item.axis === 1 : beside && item.axis === 0));
    if (!profile) return null;
    const { row, column } = cellAt(matrix, { x, y });
    const middle = above ? column : row;
    const reach = Math.max(0.5, 2 * (above ? (view.c1 - view.c0) / plot.w : (view.r1 - view.r0) / plot.h));
    const near = profile.top.filter((mark) => Math.abs(mark.index + 0.5 - middle) <= reach);
    if (near.length) return { profile, index: near[0].index, value: near[0].value, block: 1 };
    const slot = Math.min(profile.values.length - 1, Math.floor(middle / profile.block));
    return { profile, index: slot * profile.block, value: profile.values[slot], block: profile.block };
  }

  /* The pixel at a place of the matrix: of the picture, else of the whole one; before either came, the bare cell. */
  function pixelAt({ tile, base, stale, spec }, { row, column }) {
    const known = (one) => one && !stale && atlas.tiles.at(one, row, column);
    const [i, j] = [row, column].map((at, axis) => Math.max(0, Math.min(spec.shape[axis] - 1, Math.floor(at))));
    return known(tile) || known(base) || { rows: [i, i + 1], columns: [j, j + 1] };
  }

  /* What lies under the pointer, as text and as data: a cell, a block of cells, or a dimension. */
  atlas.target = function (matrix, pointer) {
    const { spec, plot } = matrix;
    if (!inPlot(plot, pointer)) {
      const found = profileAt(matrix, pointer);
      if (!found) return null;
      const axis = spec.axes[found.profile.axis];
      const stop = Math.min(axis.size, found.index + found.block);
      const text = found.profile.measure + " " + atlas.names.number(found.value) + " · ";
      const detail = { axis: found.profile.axis, index: found.index };
      return { text: text + atlas.names.range(axis, found.index, stop), detail };
    }
    const cell = pixelAt(matrix, cellAt(matrix, pointer));
    const sides = [atlas.names.range(spec.axes[0], ...cell.rows), atlas.names.range(spec.axes[1], ...cell.columns)];
    if (spec.vector) sides.shift();
    const told = (...parts) => [spec.title, ...parts, sides.join(" × ")].filter(Boolean).join(" · ");
    const where = told();
    // The value before the place: a narrow map cuts the end.
    const value = () => told((spec.measure || spec.reducer) + " " + atlas.names.measure(cell.value, spec));
    return { text: cell.value === undefined ? where : value(), detail: { ...cell, where } };
  };

  function pick(matrix, pointer) {
    const found = atlas.target(matrix, pointer);
    if (!found) return;
    const { detail } = found;
    const { spec } = matrix;
    if (detail.axis !== undefined) {
      matrix.select(detail.axis === 0 ? { row: detail.index } : { column: detail.index });
      matrix.tell("dimension", spec.vector ? { ...detail, axis: 0 } : detail);
      return;
    }
    const single = detail.rows[1] - detail.rows[0] === 1 && detail.columns[1] - detail.columns[0] === 1;
    if (single) matrix.select({ row: detail.rows[0], column: detail.columns[0] });
    const cell = { row: detail.rows[0], column: detail.columns[0] };
    if (!single) Object.assign(cell, { row_stop: detail.rows[1], column_stop: detail.columns[1] });
    matrix.tell("cell", { ...cell, matrix: matrix.spec.matrix });
  }

  function boxOf(plot, from, to) {
    const clampX = (x) => Math.max(plot.x, Math.min(plot.x + plot.w, x));
    const clampY = (y) => Math.max(plot.y, Math.min(plot.y + plot.h, y));
    const [x0, x1] = [clampX(from.x), clampX(to.x)].sort((a, b) => a - b);
    const [y0, y1] = [clampY(from.y), clampY(to.y)].sort((a, b) => a - b);
    return { x: x0, y: y0, w: x1 - x0, h: y1 - y0 };
  }

  function drag(matrix, start, event) {
    const now = place(matrix, event);
    if (start.box) {
      matrix.box = boxOf(matrix.plot, start, now);
      matrix.paint();
      return;
    }
    const { view, plot } = { view: start.view, plot: matrix.plot };
    const down = ((now.y - start.y) / plot.h) * (view.r1 - view.r0);
    const right = ((now.x - start.x) / plot.w) * (view.c1 - view.c0);
    matrix.move({ r0: view.r0 - down, r1: view.r1 - down, c0: view.c0 - right, c1: view.c1 - right });
  }

  function drop(matrix) {
    const box = matrix.box;
    matrix.box = null;
    matrix.paint();
    if (!box || box.w < CLICK_PIXELS || box.h < CLICK_PIXELS) return;
    const from = cellAt(matrix, box);
    const to = cellAt(matrix, { x: box.x + box.w, y: box.y + box.h });
    matrix.move({ r0: from.row, r1: to.row, c0: from.column, c1: to.column }, { now: true });
  }

  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  /* The marked cell, as far as one is: both of its sides. */
  function marked({ selected }) {
    return selected.row !== undefined && selected.column !== undefined ? selected : null;
  }

  /* The mark goes `steps` screen cells down and right, from the middle where there is none; the view follows. */
  function mark(matrix, [down, right]) {
    const { view, tile, spec } = matrix;
    const now = marked(matrix);
    const from = now || { row: Math.floor((view.r0 + view.r1) / 2), column: Math.floor((view.c0 + view.c1) / 2) };
    const [high, wide] = [tile?.header.row_block || 1, tile?.header.column_block || 1];
    const within = (value, size) => Math.max(0, Math.min(size - 1, value));
    const row = within(from.row + (now ? down * high : 0), spec.shape[0]);
    const column = within(from.column + (now ? right * wide : 0), spec.shape[1]);
    matrix.select({ row, column });
    const out = (at, start, stop) => (at < start ? at - start : at + 1 > stop ? at + 1 - stop : 0);
    const [y, x] = [out(row, view.r0, view.r1), out(column, view.c0, view.c1)];
    if (y || x) matrix.move({ r0: view.r0 + y, r1: view.r1 + y, c0: view.c0 + x, c1: view.c1 + x });
    read(matrix);
  }

  /* Where the mark is on the screen. */
  function placeOf({ plot, view, selected }) {
    const y = plot.y + ((selected.row + 0.5 - view.r0) / (view.r1 - view.r0)) * plot.h;
    return { x: plot.x + ((selected.column + 0.5 - view.c0) / (view.c1 - view.c0)) * plot.w, y };
  }

  /* What is marked is said, to screen readers as well. */
  function read(matrix) {
    matrix.readout.setAttribute("aria-live", "polite");
    matrix.point(placeOf(matrix));
  }

  function enter(matrix) {
    if (marked(matrix)) pick(matrix, placeOf(matrix));
    else mark(matrix, [0, 0]);
  }

  function leave(matrix) {
    if (!marked(matrix)) return matrix.reset();
    matrix.select(null);
    matrix.point(null);
  }

  /* Where an overview stands beside it, arrows without a mark are the overview's. */
  const keepsArrows = (matrix) => !marked(matrix) && document.getElementById("atlas-grid");

  function onKey(matrix, event) {
    if (!matrix.spec || event.ctrlKey || event.metaKey || event.altKey) return;
    const { r0, r1, c0, c1 } = matrix.view;
    const [down, right] = [(r1 - r0) / 4, (c1 - c0) / 4];
    const step = ARROWS[event.key];
    const { row, column } = marked(matrix) || {};
    if (event.key === "+" || event.key === "=") matrix.zoom(0.5, row, column);
    else if (event.key === "-") matrix.zoom(2, row, column);
    else if (event.key === "0") matrix.reset();
    else if (event.key === "Escape") leave(matrix);
    else if (step && event.shiftKey) {
      const [y, x] = [step[0] * down, step[1] * right];
      matrix.move({ r0: r0 + y, r1: r1 + y, c0: c0 + x, c1: c1 + x });
    } else if (matrix.spec.square || (step && keepsArrows(matrix))) return;
    else if (step) mark(matrix, step);
    else if (event.key === "Enter") enter(matrix);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  atlas.gestures = function (matrix) {
    const { canvas } = matrix;
    let start = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !matrix.plot) return;
      const at = place(matrix, event);
      start = { ...at, view: { ...matrix.view }, box: event.shiftKey, plot: inPlot(matrix.plot, at) };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      const now = place(matrix, event);
      const far = start && Math.hypot(now.x - start.x, now.y - start.y) > CLICK_PIXELS;
      if (far) start.moved = true;
      if (start?.moved && start.plot) drag(matrix, start, event);
      else matrix.point(now);
    });
    canvas.addEventListener("pointerup", (event) => {
      if (start && !start.moved) pick(matrix, place(matrix, event));
      else if (start?.box) drop(matrix);
      start = null;
    });
    canvas.addEventListener("pointercancel", () => (start = null));
    canvas.addEventListener("pointerleave", () => matrix.point(null));
    canvas.addEventListener("dblclick", (event) => {
      const { row, column } = cellAt(matrix, place(matrix, event));
      if (inPlot(matrix.plot, place(matrix, event))) matrix.zoom(0.25, row, column);
    });
    canvas.addEventListener(
      "wheel",
      (event) => {
        const at = place(matrix, event);
        if (!matrix.plot || !inPlot(matrix.plot, at)) return;
        event.preventDefault();
        const { row, column } = cellAt(matrix, at);
        matrix.zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), row, column);
      },
      { passive: false },
    );
    canvas.addEventListener("keydown", (event) => onKey(matrix, event));
    canvas.addEventListener("pointerenter", () => matrix.readout.setAttribute("aria-live", "off"));
  };
})(window.atlas);

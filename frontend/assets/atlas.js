/* The Atlas page in the browser: overview and matrix speak to each other, the address and Dash's stores. */
window.atlas = window.atlas || {};
window.dash_clientside = window.dash_clientside || {};
(function (atlas) {
  "use strict";
  const PATH = "/atlas";
  const NO_KEYS = "input, textarea, select, [contenteditable=true], [role=combobox], [role=listbox], [role=option], [role=menu]";
  const AXES = ["row", "column"]; // on the screen: a vector is a single row
  const element = (id) => document.getElementById(id);

  /* View state in the address; `push` makes the browser's back button return to what was. */
  function write(state, push) {
    if (location.pathname !== PATH) return;
    const query = new URLSearchParams();
    for (const name of ["model", "key", "matrix", "reducer"]) if (state[name]) query.set(name, state[name]);
    for (const name of ["rows", "columns"]) if (state[name]) query.set(name, state[name].join("-"));
    if (state.cell) query.set("cell", state.cell.join(","));
    if (state.dimension) query.set("dimension", AXES[state.dimension[0]] + "-" + state.dimension[1]);
    const search = "?" + query.toString().replaceAll("%2C", ",");
    if (search === location.search) return;
    history[push ? "pushState" : "replaceState"](history.state, "", PATH + search);
  }

  function read() {
    const query = new URLSearchParams(location.search);
    const range = (text) => (/^\d+-\d+$/.test(text || "") ? text.split("-").map(Number) : null);
    const cell = /^(\d+),(\d+)$/.exec(query.get("cell") || "");
    const dimension = /^(row|column)-(\d+)$/.exec(query.get("dimension") || "");
    return {
      cell: cell && [Number(cell[1]), Number(cell[2])],
      dimension: dimension && [AXES.indexOf(dimension[1]), Number(dimension[2])],
      model: query.get("model"),
      key: query.get("key") || query.get("result"),
      matrix: query.get("matrix"),
      reducer: query.get("reducer"),
      rows: range(query.get("rows")),
      columns: range(query.get("columns")),
    };
  }

  let choice = {};
  const sent = (state) => window.dash_clientside.set_props("atlas-choice", { data: state });

  /* Another matrix, reducer or thing to paint, with the whole matrix in view. */
  function choose(changes) {
    choice = { ...choice, rows: null, columns: null, cell: null, dimension: null, ...changes };
    write(choice, true);
    sent(choice);
  }

  /* The selects of the page; null values come while the page is being built. */
  function selects(painted, reducer, state) {
    const none = window.dash_clientside.no_update;
    if (!state || !painted || !reducer) return none;
    const key = painted === "weights" ? null : painted;
    if ((state.key || null) === key && state.reducer === reducer) return none;
    choice = { ...state, ...choice, model: state.model, key, reducer, rows: null, columns: null };
    const shown = element("atlas-matrix")?.matrix;
    if (shown?.spec) Object.assign(choice, shown.window());
    write(choice, true);
    return choice;
  }

  function showMatrix(spec) {
    const box = element("atlas-matrix");
    if (!box || !spec) return window.dash_clientside.no_update;
    choice = spec.choice;
    write(choice, false);
    atlas.matrix(box, spec);
    restore(box.matrix);
    if (!box.dataset.wired) {
      box.dataset.wired = "1";
      box.addEventListener("matrix:window", ({ detail }) => {
        choice = { ...choice, ...detail };
        write(choice, true);
      });
      box.addEventListener("matrix:dimension", ({ detail: { axis, index } }) => {
        choice = { ...choice, cell: null, dimension: [box.matrix.spec.vector ? 1 : axis, index] };
        write(choice, false);
      });
    }
    return window.dash_clientside.no_update;
  }

  /* What the address says was picked: asked for again, and marked. */
  function restore(shown) {
    const { cell, dimension } = choice;
    const set = window.dash_clientside.set_props;
    if (cell) set("atlas-cell", { data: { matrix: choice.matrix, row: cell[0], column: cell[1] } });
    if (!dimension) return;
    const [axis, index] = dimension;
    shown.select({ [AXES[axis]]: index });
    set("atlas-dimension", { data: { axis: shown.spec.vector ? 0 : axis, index } });
  }

  function showGrid(spec) {
    const box = element("atlas-grid");
    if (!box || !spec) return window.dash_clientside.no_update;
    atlas.grid(box, spec);
    if (!box.dataset.wired) {
      box.dataset.wired = "1";
      box.addEventListener("grid:pick", ({ detail }) => choose({ matrix: detail }));
    }
    return window.dash_clientside.no_update;
  }

  /* Which cell the server found below a click: mark it. */
  function mark(cell) {
    const shown = element("atlas-matrix")?.matrix;
    if (shown && cell && cell.matrix === shown.spec.matrix) {
      shown.select({ row: cell.row, column: cell.column });
      choice = { ...choice, cell: [cell.row, cell.column], dimension: null };
      write(choice, false);
    }
    return window.dash_clientside.no_update;
  }

  /* Zoom to a cell so that its neighbours' values can be read. */
  function zoomTo(row, column) {
    const shown = element("atlas-matrix")?.matrix;
    if (!shown) return;
    const half = { r: 9, c: 6 };
    shown.select({ row, column });
    shown.move({ r0: row - half.r, r1: row + half.r + 1, c0: column - half.c, c1: column + half.c + 1 }, { now: true });
  }

  function onClick(event) {
    const shown = element("atlas-matrix")?.matrix;
    const tool = event.target.closest("[data-matrix-tool]");
    if (tool && shown) {
      const name = tool.dataset.matrixTool;
      if (name === "reset") shown.reset();
      else shown.zoom(name === "in" ? 0.5 : 2);
    }
    const chip = event.target.closest("[data-dimension]");
    if (chip && shown) {
      const [axis, index] = [Number(chip.dataset.axis), Number(chip.dataset.dimension)];
      shown.select(axis === 0 && !shown.spec.vector ? { row: index } : { column: index });
      shown.tell("dimension", { axis, index });
    }
    const cell = event.target.closest("[data-cell]");
    if (cell) zoomTo(...cell.dataset.cell.split(",").map(Number));
  }

  function onKey(event) {
    const grid = element("atlas-grid")?.grid;
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!grid || !step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest?.(NO_KEYS)) return;
    event.preventDefault();
    grid.step(...step);
  }

  /* Back and forward: the view of that address, with the selects following. */
  function onBack() {
    if (location.pathname !== PATH || !element("atlas-matrix")) return;
    const state = read();
    if (state.model !== choice.model || !state.matrix) return;
    choice = state;
    window.dash_clientside.set_props("atlas-painted", { value: state.key || "weights" });
    window.dash_clientside.set_props("atlas-reducer", { value: state.reducer });
    sent({ ...state, rows: state.rows || "whole", columns: state.columns || "whole" });
  }

  function onProblem(event) {
    if (event.animationName === "study-problem") event.target.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("animationstart", onProblem);
  window.addEventListener("popstate", onBack);
  window.dash_clientside.atlas_page = { selects, showMatrix, showGrid, mark };
})(window.atlas);

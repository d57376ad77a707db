/* Several matrices that move together and share their colours (window.atlas.link), and the Compare page's address. */
window.atlas = window.atlas || {};
window.dash_clientside = window.dash_clientside || {};
(function (atlas) {
  "use strict";
  const PATH = "/compare";
  const SCALES = new Map();
  const MOST_SCALES = 200;

  /* -- locked matrices ------------------------------------------------------------------------------------- */

  /* Matrices of different sizes are locked by share: the upper half of one beside the upper half of the other. */
  function move(matrix, { now }) {
    for (const peer of matrix.peers || []) {
      if (peer === matrix || !peer.spec) continue;
      const [down, right] = [0, 1].map((axis) => peer.spec.shape[axis] / matrix.spec.shape[axis]);
      const { r0, r1, c0, c1 } = matrix.view;
      peer.move({ r0: r0 * down, r1: r1 * down, c0: c0 * right, c1: c1 * right }, { now, silent: true, follows: true });
    }
  }

  /* The pointer of one stands at the same place of the others, which say what lies there. */
  function point(matrix, pointer) {
    for (const peer of matrix.peers || []) {
      if (peer === matrix || !peer.plot || !matrix.plot) continue;
      const there = pointer && {
        x: peer.plot.x + ((pointer.x - matrix.plot.x) / matrix.plot.w) * peer.plot.w,
        y: peer.plot.y + ((pointer.y - matrix.plot.y) / matrix.plot.h) * peer.plot.h,
      };
      peer.point(there, { follows: true });
    }
  }

  /* One range of colours for all pictures of `spec.shared` at the block size of a tile, known before it is painted. */
  async function scale(matrix, spec, { header: { row_block, column_block }, scale: told }) {
    const level = row_block + "x" + column_block;
    if (matrix.domains.has(level)) return;
    if (told) {
      if (matrix.spec === spec) matrix.domains.set(level, [told.low, told.high]);
      return;
    }
    const query = new URLSearchParams({ matrix: spec.matrix, reducer: spec.reducer, row_block, column_block });
    const address = spec.shared + "&" + query;
    if (!SCALES.has(address)) {
      if (SCALES.size >= MOST_SCALES) SCALES.clear();
      SCALES.set(address, ask(address));
    }
    try {
      const { low, high } = await SCALES.get(address);
      if (matrix.spec === spec) matrix.domains.set(level, [low, high]);
    } catch (error) {
      SCALES.delete(address);
      throw error;
    }
  }

  async function ask(address) {
    const answer = await fetch(address);
    if (!answer.ok) throw await atlas.tiles.problem(answer);
    return answer.json();
  }

  atlas.link = { move, point, scale };

  /* -- the page -------------------------------------------------------------------------------------------- */

  const none = () => window.dash_clientside.no_update;

  /* The address with some of it changed; a comma stays a comma. */
  function address(changes) {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
      const text = Array.isArray(value) ? value.join(",") : value;
      if (text === null || text === undefined || text === "") query.delete(name);
      else query.set(name, text);
    }
    return PATH + "?" + query.toString().replaceAll("%2C", ",").replaceAll("%40", "@");
  }

  function write(changes, push) {
    if (location.pathname !== PATH) return;
    const found = address(changes);
    if (found === location.pathname + location.search) return;
    history[push ? "pushState" : "replaceState"](history.state, "", found);
    atlas.compare.written();
  }

  /* A select of the page was changed: where that leads. Whole views are addresses, so each choice is one. */
  function choose(value, id) {
    if (value === undefined || location.pathname !== PATH || !id) return none();
    const written = value === id.usual ? null : value;
    if (String(value ?? "") === id.drawn) {
      write({ [id.field]: written }, false); // what was drawn by itself belongs into the address too
      return none();
    }
    const forgotten = Object.fromEntries((id.forgets || "").split(" ").filter(Boolean).map((name) => [name, null]));
    return address({ ...forgotten, [id.field]: written });
  }

  function chooses(values, ids) {
    const changed = window.dash_clientside.callback_context.triggered[0];
    if (!changed) return none();
    const id = JSON.parse(changed.prop_id.slice(0, changed.prop_id.lastIndexOf(".")));
    return choose(changed.value, id);
  }

  /* Models A to D: an emptied one closes the gap. */
  function models(chosen) {
    const wanted = [...new Set(chosen.filter(Boolean))];
    const query = new URLSearchParams(location.search);
    const shown = (query.get("models") || "").split(",").filter(Boolean);
    if (!wanted.length || String(wanted) === String(shown) || location.pathname !== PATH) return none();
    if (!shown.length && wanted.length === 1) return none();
    const sameFirst = wanted[0] === shown[0];
    return address({ models: wanted, ...(sameFirst ? {} : { key: null, region: null, question: null, touched: null }) });
  }

  /* B becomes another state of the family; where the slider stands when it is drawn is nobody's choice. */
  function step(place, steps) {
    const name = steps?.names[place];
    if (!name || place === steps.drawn || location.pathname !== PATH) return none();
    const [first, second, ...rest] = steps.models;
    if (name === first || name === second) return none();
    return address({ models: [first, name, ...rest.filter((one) => one !== name)] });
  }

  /* A state of the family may have been opened. */
  function opened() {
    return location.pathname === PATH && document.getElementById("compare-open") ? location.search : none();
  }

  /* A result has come: the section is read again with whatever the address says by now.

     Not as the output of this callback: what a section has drawn may end it again (a job was done when its place
     was first looked at), and Dash calls no callback a second time in one chain. Places that were only drawn tell
     of no end: without this look every section would draw itself for ever. */
  function again(...ends) {
    if (!ends.some(Boolean)) return none();
    setTimeout(() => {
      if (location.pathname !== PATH) return;
      window.dash_clientside.set_props("compare-again", { data: location.search + "&at=" + Date.now() });
    });
    return none();
  }

  function slot(place) {
    return document.getElementById("compare-map-" + place);
  }

  /* Paint every place, lock them, and keep the address. */
  function show(view) {
    if (!view) return none();
    write({ matrix: view.matrix, reducer: view.reducer }, false);
    const painted = [];
    view.slots.forEach((spec, place) => {
      const box = slot(place);
      if (!box) return;
      const said = box.parentElement.querySelector(".compare-said");
      said.textContent = spec.problem || "";
      said.hidden = !spec.problem;
      box.hidden = Boolean(spec.problem);
      if (!spec.problem) painted.push(atlas.matrix(box, spec));
      else if (box.matrix) box.matrix.peers = [];
      if (!box.dataset.wired) {
        box.dataset.wired = "1";
        box.addEventListener("matrix:window", ({ detail }) => write(windows(detail), false));
        atlas.compare.wirePicks(box, place);
      }
    });
    for (const matrix of painted) matrix.peers = painted;
    const [axis, index] = view.dimension || [];
    if (view.cell) atlas.compare.select({ row: view.cell[0], column: view.cell[1], matrix: view.matrix });
    else atlas.compare.select(view.dimension ? { axis, index, matrix: view.matrix } : null);
    mark(view.matrix);
    return none();
  }

  function windows({ rows, columns }) {
    return { rows: rows && rows.join("-"), columns: columns && columns.join("-") };
  }

  /* Which fields of the Touch form are shown: `form_class` of compare_touch.py, and the matrix where one is meant. */
  function touchForm(target, action, sampling, spread) {
    return ["compare-touch-form", "is-" + target, "does-" + action, "by-" + sampling, "in-" + spread].join(" ");
  }

  function cellOf(button) {
    try {
      return JSON.parse(button.id).left;
    } catch {
      return null;
    }
  }

  function mark(matrix) {
    for (const button of document.querySelectorAll(".compare-picker .heat-button")) {
      const is = cellOf(button) === matrix;
      button.parentElement.classList.toggle("is-marked", is);
      button.setAttribute("aria-pressed", String(is));
    }
  }

  /* A section keeps what the address says by now: the window and what was picked after the page was drawn. */
  function onSection(event) {
    const tab = event.target.closest?.("[data-compare-section]");
    if (!tab || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    event.stopPropagation();
    const name = tab.dataset.compareSection;
    window.dash_clientside.set_props("shell-location", { href: address({ section: name === "maps" ? null : name }) });
  }

  /* A matrix picked in the table: its maps at once, or on the Movement section the way to its maps. */
  function onClick(event) {
    const button = event.target.closest?.(".compare-picker .heat-button");
    const matrix = button && cellOf(button);
    if (matrix) pick(matrix);
    const tool = event.target.closest?.("[data-compare-tool]");
    const first = slot(0)?.matrix || slot(1)?.matrix;
    if (tool && first) {
      if (tool.dataset.compareTool === "reset") first.reset();
      else first.zoom(tool.dataset.compareTool === "in" ? 0.5 : 2);
      write(windows(first.window()), false);
    }
  }

  function pick(matrix) {
    const changes = { section: null, matrix, rows: null, columns: null, cell: null, dimension: null };
    if (slot(0)) {
      write(changes, true);
      mark(matrix);
      window.dash_clientside.set_props("compare-picked", { data: location.search });
    } else window.dash_clientside.set_props("shell-location", { href: address(changes) });
  }

  document.addEventListener("click", onClick);
  document.addEventListener("click", onSection, true);
  atlas.compare = { PATH, address, write };
  window.dash_clientside.compare_page = { chooses, models, step, opened, again, show, touchForm };
})(window.atlas);

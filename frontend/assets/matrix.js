/* window.atlas.matrix(element, spec): a matrix of any size as a picture to zoom, pan and click.

   spec: {tile, marginals?, matrix, reducer, shape: [rows, columns], axes: [{side, size, n_heads, name?, groups?} x 2],
          rows?, columns? (window to open), shared? (where one scale for several pictures is asked, `compare.js`), among? (how its tile is asked for with those of its peers, `compare_tiles.js`), colours: a scale [[0, hexadecimal], ...] or {light, dark} of two, scale: linear | signed | log,
          unit?: share, measure, low?, high?, square?, vector?, description? (text alternative), left? (room for labels), exact? (float32 whatever the size), keep? (the window, on another look at the same matrix), stores?: {cell, dimension, window} (Dash store ids)}
   `groups` = [{start, stop, label}] draws blocks (languages) along an axis.
   Events on the element: matrix:hover, matrix:cell, matrix:dimension, matrix:window, matrix:painted, matrix:problem.
   Calling it again on the same element shows the new spec; the old picture stays until the new one is there. */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";
  const SETTLE_MS = 350;
  const FETCH_MS = 25; // a hand that goes on moving is waited for: what it passes would be computed for nobody
  const SMALLEST_WINDOW = 4;
  const SEEN_MARGIN = "60px";

  class Matrix {
    constructor(element) {
      this.element = element;
      element.classList.add("matrix");
      element.innerHTML =
        '<div class="matrix-bar"><output class="matrix-readout" aria-live="off"></output>' +
        '<span class="matrix-legend" hidden><b></b><canvas width="96" height="1"></canvas><b></b></span></div>' +
        '<div class="matrix-plot"><canvas tabindex="0" role="img"></canvas>' +
        '<div class="matrix-problem" role="alert" hidden></div></div>';
      this.plotElement = element.querySelector(".matrix-plot");
      this.canvas = this.plotElement.querySelector("canvas");
      this.readout = element.querySelector(".matrix-readout");
      this.context = this.canvas.getContext("2d");
      this.selected = {};
      this.resizing = new ResizeObserver(() => this.resize());
      this.resizing.observe(this.plotElement);
      this.isSeen = false;
      this.seeing = new IntersectionObserver((entries) => this.see(entries.at(-1).isIntersecting), { rootMargin: SEEN_MARGIN });
      this.seeing.observe(this.plotElement);
      this.recolouring = new MutationObserver(() => this.recolour());
      this.recolouring.observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });
      atlas.gestures(this);
    }

    /* Show another spec. Another matrix forgets the selected cell. */
    show(spec) {
      const same = this.spec?.matrix === spec.matrix && String(this.spec.shape) === String(spec.shape);
      if (!same) this.selected = {};
      this.spec = spec;
      this.base = null;
      this.stale = true;
      this.precise = false;
      this.domains = new Map();
      this.foreign = !same;
      if (!same || !spec.keep || !this.view) this.view = this.within(windowOf(spec));
      this.colours = atlas.tiles.colours(spec);
      this.canvas.setAttribute("aria-label", spec.description || "Heatmap of " + spec.matrix + ", " + (spec.measure || spec.reducer));
      this.profiles = [];
      this.resize();
      this.fetch();
      this.fetchProfiles();
    }

    /* The view kept inside of the matrix and not smaller than a few cells. */
    within({ r0, r1, c0, c1 }) {
      const [rows, columns] = this.spec.shape;
      const fit = (start, stop, size) => {
        const least = Math.min(SMALLEST_WINDOW, size);
        const length = Math.min(size, Math.max(least, stop - start));
        const from = Math.max(0, Math.min(size - length, start + (stop - start - length) / 2));
        return [from, from + length];
      };
      const [a, b] = fit(r0, r1, rows);
      const [c, d] = fit(c0, c1, columns);
      return { r0: a, r1: b, c0: c, c1: d };
    }

    /* Move to a view; `now` skips the wait for the hand to rest. */
    move(view, { now = false, silent = false, follows = false } = {}) {
      this.view = this.within(view);
      if (!follows) atlas.link?.move(this, { now });
      this.movedAt = performance.now();
      this.paint();
      clearTimeout(this.fetchTimer);
      if (!follows) this.fetchTimer = setTimeout(() => this.fetchAll(), now ? 0 : FETCH_MS);
      clearTimeout(this.settleTimer);
      if (!silent) this.settleTimer = setTimeout(() => this.tell("window", this.window()), now ? 0 : SETTLE_MS);
    }

    zoom(factor, row, column) {
      const { r0, r1, c0, c1 } = this.view;
      const y = row ?? (r0 + r1) / 2;
      const x = column ?? (c0 + c1) / 2;
      this.move({ r0: y - (y - r0) * factor, r1: y + (r1 - y) * factor, c0: x - (x - c0) * factor, c1: x + (c1 - x) * factor });
    }

    reset() {
      this.move({ r0: 0, r1: this.spec.shape[0], c0: 0, c1: this.spec.shape[1] }, { now: true });
    }

    /* Whole cells in view: {rows: [start, stop], columns: [start, stop]}; null for a whole axis. */
    window() {
      const cells = (start, stop, size) => {
        const [a, b] = [Math.floor(start + 1e-6), Math.ceil(stop - 1e-6)];
        return a <= 0 && b >= size ? null : [a, b];
      };
      return {
        rows: cells(this.view.r0, this.view.r1, this.spec.shape[0]),
        columns: cells(this.view.c0, this.view.c1, this.spec.shape[1]),
      };
    }

    isWhole() {
      const { rows, columns } = this.window();
      return !rows && !columns;
    }

    /* What is out of sight is neither painted nor loaded; all maps in sight share what one view may weigh. */
    see(isSeen) {
      if (isSeen === this.isSeen) return;
      this.isSeen = isSeen;
      if (!isSeen) return;
      this.paint();
      setTimeout(() => this.missed && this.fetch(), 0); // when all maps know whether they are seen
    }

    /* Whoever moves asks for all that moved with it. */
    fetchAll() {
      for (const matrix of this.peers?.length ? this.peers : [this]) matrix.fetch();
    }

    /* Load the picture of the view. Only the newest request wins; the older is aborted. */
    async fetch() {
      if (!this.canvas.width || !this.plot) return;
      this.missed = !this.isSeen;
      if (this.missed) {
        this.request?.abort();
        this.element.classList.remove("matrix-busy");
        return;
      }
      const asked = this.spec;
      const started = this.movedAt || performance.now();
      this.request?.abort();
      const request = (this.request = new AbortController());
      const { r0, r1, c0, c1 } = this.view;
      const cells = { r0: Math.floor(r0), r1: Math.ceil(r1 - 1e-6), c0: Math.floor(c0), c1: Math.ceil(c1 - 1e-6) };
      this.element.classList.add("matrix-busy");
      try {
        const n = (this.peers || []).filter((one) => one.isSeen).length || 1;
        const [height, width] = [Math.ceil(this.plot.h), Math.ceil(this.plot.w)];
        const load = () => {
          const room = { height, width, signal: request.signal, precise: this.precise, n };
          return (asked.among ? atlas.link : atlas.tiles).load(asked, cells, room);
        };
        let tile = await load();
        if (!this.precise && atlas.tiles.coarse(tile, asked)) {
          this.precise = true;
          tile = await load();
        }
        if (asked.shared) await atlas.link.scale(this, asked, tile);
        if (request !== this.request) return;
        this.take(tile, asked);
        this.element.classList.remove("matrix-busy");
        this.tell("painted", { milliseconds: performance.now() - started, bytes: tile.bytes, header: tile.header });
      } catch (error) {
        if (request !== this.request || error.name === "AbortError") return;
        this.element.classList.remove("matrix-busy");
        this.fail(error);
      }
    }

    take(tile, spec) {
      const domain = this.domainOf(tile, spec);
      this.tile = { ...tile, domain, spec, canvas: atlas.tiles.picture(tile, spec, this.colours, domain) };
      if (this.stale || this.isWhole()) this.base = this.isWhole() ? this.tile : null;
      this.stale = false;
      this.fail(null);
      this.legend();
      this.paint();
      this.point(this.pointer, { follows: true });
    }

    /* The colours' range; the same at one block size, so that panning does not change it. */
    domainOf(tile, spec) {
      const level = tile.header.row_block + "x" + tile.header.column_block;
      if (!this.domains.has(level)) this.domains.set(level, atlas.tiles.domain(tile, spec));
      return this.domains.get(level);
    }

    async fetchProfiles() {
      const spec = this.spec;
      if (!spec.marginals) return;
      const query = new URLSearchParams({ matrix: spec.matrix, reducer: spec.reducer });
      try {
        const answer = await fetch(spec.marginals + (spec.marginals.includes("?") ? "&" : "?") + query);
        if (!answer.ok) throw await atlas.tiles.problem(answer);
        const { profiles } = await answer.json();
        if (spec !== this.spec) return;
        // A vector is painted as one row: its only profile runs along the columns.
        this.profiles = spec.vector ? profiles.map((profile) => ({ ...profile, axis: 1 })) : profiles;
        this.paint();
      } catch (error) {
        if (spec === this.spec) this.fail(error);
      }
    }

    fail(error) {
      const box = this.element.querySelector(".matrix-problem");
      box.hidden = !error;
      box.textContent = error ? error.message : "";
      if (error) this.tell("problem", { message: error.message });
    }

    resize() {
      const { clientWidth: width, clientHeight: height } = this.plotElement;
      if (!width || !height || !this.spec) return;
      const ratio = window.devicePixelRatio || 1;
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
      this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const before = this.plot;
      this.plot = atlas.paint.frame(width, height, this.spec);
      this.colour = atlas.paint.theme(this.element);
      this.paint();
      if (!before && !this.request) this.fetch();
    }

    recolour() {
      if (!this.spec) return;
      this.colours = atlas.tiles.colours(this.spec);
      for (const tile of [this.base, this.tile]) {
        if (tile) tile.canvas = atlas.tiles.picture(tile, tile.spec, this.colours, tile.domain);
      }
      this.colour = atlas.paint.theme(this.element);
      this.legend();
      this.paint();
    }

    paint() {
      if (this.painting || !this.plot || !this.isSeen) return;
      this.painting = requestAnimationFrame(() => {
        this.painting = null;
        this.draw();
      });
    }

    draw() {
      const { context, plot, spec, view, colour } = this;
      const at = atlas.paint.scales(plot, view);
      context.clearRect(0, 0, this.plotElement.clientWidth, this.plotElement.clientHeight);
      context.font = "11px " + colour.font;
      context.fillStyle = colour.ground;
      context.fillRect(plot.x, plot.y, plot.w, plot.h);
      atlas.paint.clip(context, plot, () => {
        // The picture of another matrix stays in the whole frame until the new one is there.
        if (this.stale && this.foreign && this.tile) context.drawImage(this.tile.canvas, plot.x, plot.y, plot.w, plot.h);
        else for (const tile of [this.base, this.tile]) if (tile) atlas.paint.tile(context, at, tile, tile.canvas);
        if (this.tile && !this.stale) atlas.paint.values(context, at, view, this.tile, spec, this.colours);
      });
      atlas.paint.axes(context, plot, at, spec, view, colour);
      for (const profile of this.profiles) atlas.paint.profile(context, plot, at, profile, view, colour);
      atlas.paint.clip(context, { x: plot.x - 2, y: plot.y - 2, w: plot.w + 4, h: plot.h + 4 }, () =>
        atlas.paint.marker(context, plot, at, this.selected, colour),
      );
      if (this.box) {
        context.strokeStyle = colour.mark;
        context.strokeRect(this.box.x, this.box.y, this.box.w, this.box.h);
      }
    }

    legend() {
      const legend = this.element.querySelector(".matrix-legend");
      const canvas = legend.querySelector("canvas");
      const context = canvas.getContext("2d");
      const image = context.createImageData(canvas.width, 1);
      for (let i = 0; i < canvas.width; i++) {
        const colour = Math.round((i / (canvas.width - 1)) * 255) * 3;
        image.data.set([this.colours[colour], this.colours[colour + 1], this.colours[colour + 2], 255], i * 4);
      }
      context.putImageData(image, 0, 0);
      const [low, high] = legend.querySelectorAll("b");
      low.textContent = atlas.names.measure(this.tile.domain[0], this.spec);
      high.textContent = atlas.names.measure(this.tile.domain[1], this.spec);
      legend.hidden = false;
      legend.title = (this.spec.measure || this.spec.reducer) + (this.spec.scale === "log" ? " (log scale)" : "");
    }

    /* Mark a cell, or a dimension when only one of row and column is given. */
    select(selected) {
      this.selected = selected || {};
      this.paint();
    }

    /* The pointer is at {x, y}: say what lies there. */
    point(pointer, { follows = false } = {}) {
      this.pointer = pointer;
      if (!follows) atlas.link?.point(this, pointer);
      const found = pointer && this.spec && atlas.target(this, pointer);
      this.readout.textContent = found ? found.text : this.spec?.hint || "";
      this.tell("hover", found ? found.detail : null);
    }

    /* A DOM event for other scripts, a store for Dash. */
    tell(name, detail) {
      this.element.dispatchEvent(new CustomEvent("matrix:" + name, { detail, bubbles: true }));
      const store = this.spec.stores?.[name];
      if (store) window.dash_clientside.set_props(store, { data: detail });
    }

    destroy() {
      this.request?.abort();
      this.resizing.disconnect();
      this.seeing.disconnect();
      this.recolouring.disconnect();
    }
  }

  function windowOf(spec) {
    const [r0, r1] = spec.rows || [0, spec.shape[0]];
    const [c0, c1] = spec.columns || [0, spec.shape[1]];
    return { r0, r1, c0, c1 };
  }

  atlas.matrix = function (element, spec) {
    if (element.matrix && element.matrix.canvas.isConnected) element.matrix.show(spec);
    else {
      element.matrix?.destroy();
      element.matrix = new Matrix(element);
      element.matrix.show(spec);
    }
    return element.matrix;
  };
})(window.atlas);

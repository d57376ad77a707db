/* window.atlas.grid(element, spec): every matrix of a model as a thumbnail, layers downwards, kinds across.

   spec: {source, reducer, colours, selected, kinds: [{kind, label, group, thin}], n_layers, outside: [names], measure, description? (text alternative)}
   Event grid:pick on the element with the matrix name. Arrow keys of the page move the selection. */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";
  const LABEL = 30;
  const HEAD = 36;
  const THIN = 9;
  const GAP = 2;
  const GROUP_GAP = 10;
  const AROUND = 440; // what stands above and below the overview in a window
  const LEAST_HEIGHT = 300;

  class Grid {
    constructor(element) {
      this.element = element;
      element.innerHTML =
        '<canvas tabindex="0" role="img" aria-label="Overview of all matrices"></canvas><output class="grid-readout"></output>' +
        '<div class="matrix-problem" role="alert" hidden></div>';
      this.canvas = element.querySelector("canvas");
      this.readout = element.querySelector("output");
      this.resizing = new ResizeObserver(() => this.paint());
      this.resizing.observe(element);
      this.recolouring = new MutationObserver(() => this.colour());
      this.recolouring.observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });
      this.canvas.addEventListener("click", (event) => this.pick(this.under(event)));
      this.canvas.addEventListener("pointermove", (event) => this.hover(this.under(event)));
      this.canvas.addEventListener("pointerleave", () => this.hover(null));
    }

    async show(spec) {
      const other = this.spec?.source !== spec.source || this.spec?.reducer !== spec.reducer;
      this.spec = spec;
      this.canvas.setAttribute("aria-label", spec.description || "Overview of all matrices");
      this.hover(null);
      this.paint();
      if (!other && this.tiles) return;
      this.request?.abort();
      const request = (this.request = new AbortController());
      this.element.classList.add("matrix-busy");
      const box = this.element.querySelector(".matrix-problem");
      try {
        const query = new URLSearchParams({ reducer: spec.reducer });
        const answer = await fetch(spec.source + "/grid?" + query, { signal: request.signal });
        if (!answer.ok) throw await atlas.tiles.problem(answer);
        const view = await answer.json();
        if (request !== this.request) return;
        this.tiles = new Map(view.tiles.map((tile) => [tile.matrix, { ...tile, bytes: decode(tile.data) }]));
        box.hidden = true;
        this.colour();
        this.hover(null);
      } catch (error) {
        if (error.name === "AbortError") return;
        box.hidden = false;
        box.textContent = error.message;
      }
      if (request === this.request) this.element.classList.remove("matrix-busy");
    }

    /* Thumbnails as small canvases; the server gives all matrices of one kind the same scale. */
    colour() {
      if (!this.tiles) return;
      const colours = atlas.tiles.colours(this.spec);
      for (const tile of this.tiles.values()) tile.canvas = thumbnail(tile, colours);
      this.paint();
    }

    /* Columns of kinds with their place; thin ones are vectors. */
    columns(width) {
      const thin = this.spec.kinds.filter((kind) => kind.thin).length;
      const wide = this.spec.kinds.length - thin;
      const groups = new Set(this.spec.kinds.map((kind) => kind.group)).size;
      const room = width - LABEL - thin * (THIN + GAP) - (groups - 1) * GROUP_GAP - wide * GAP;
      const size = Math.max(12, Math.min(44, room / Math.max(1, wide)));
      let x = LABEL;
      let group = this.spec.kinds[0]?.group;
      return this.spec.kinds.map((kind) => {
        if (kind.group !== group) x += GROUP_GAP;
        group = kind.group;
        const column = { ...kind, x, w: kind.thin ? THIN : size };
        x += column.w + GAP;
        return column;
      });
    }

    paint() {
      const width = this.element.clientWidth;
      if (!width || !this.spec) return;
      const { n_layers: layers } = this.spec;
      const columns = this.columns(width);
      const row = Math.max(7, Math.min(24, (Math.max(LEAST_HEIGHT, window.innerHeight - AROUND) - HEAD) / layers));
      const outside = this.outside(columns, HEAD + layers * row + 26, width);
      const height = outside.length ? outside[0].y + 34 : HEAD + layers * row + 4;
      const ratio = window.devicePixelRatio || 1;
      this.canvas.width = width * ratio;
      this.canvas.height = height * ratio;
      this.canvas.style.height = height + "px";
      const context = this.canvas.getContext("2d");
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.boxes = [];
      const colour = atlas.paint.theme(this.element);
      context.font = "10.5px " + colour.font;
      context.imageSmoothingEnabled = false;
      heads(context, columns, colour);
      for (let layer = 0; layer < layers; layer++) {
        if (row >= 11 || layer % Math.ceil(11 / row) === 0) {
          context.fillStyle = colour.faint;
          context.textAlign = "right";
          context.fillText(String(layer), LABEL - 8, HEAD + (layer + 0.5) * row);
        }
        for (const column of columns) {
          this.box(context, colour, layer + "." + column.kind, { ...column, layer, y: HEAD + layer * row, h: row - GAP });
        }
      }
      for (const item of outside) {
        if (this.tiles && !this.tiles.has(item.matrix)) continue;
        this.box(context, colour, item.matrix, item);
        context.fillStyle = colour.ink;
        context.textAlign = "left";
        context.fillText(item.matrix, item.x + item.w + 5, item.y + 11);
      }
    }

    /* What belongs to no layer: a row of its own below. */
    outside(columns, y, width) {
      const each = (width - LABEL) / Math.max(1, this.spec.outside.length);
      return this.spec.outside.map((matrix, i) => ({ matrix, x: LABEL + i * each, y, w: 24, h: 22, layer: null, kind: matrix }));
    }

    box(context, colour, matrix, place) {
      const tile = this.tiles?.get(matrix);
      if (this.tiles && !tile) return;
      const box = { ...place, matrix };
      this.boxes.push(box);
      context.fillStyle = colour.ground;
      context.fillRect(box.x, box.y, box.w, box.h);
      if (tile?.canvas) context.drawImage(tile.canvas, box.x, box.y, box.w, box.h);
      if (matrix === this.spec.selected || matrix === this.hovered) {
        context.strokeStyle = matrix === this.spec.selected ? colour.mark : colour.ink;
        context.lineWidth = matrix === this.spec.selected ? 2 : 1;
        context.strokeRect(box.x - 1, box.y - 1, box.w + 2, box.h + 2);
      }
    }

    under(event) {
      const area = this.canvas.getBoundingClientRect();
      const [x, y] = [event.clientX - area.left, event.clientY - area.top];
      return (this.boxes || []).find((b) => x >= b.x && x < b.x + b.w + GAP && y >= b.y && y < b.y + b.h + GAP) || null;
    }

    hover(box) {
      const shown = box?.matrix ?? this.spec?.selected;
      this.readout.textContent = shown ? this.describe(shown) : "";
      this.canvas.setAttribute("aria-label", "Overview of all matrices, layers downwards: " + this.readout.textContent);
      this.canvas.style.cursor = box ? "pointer" : "default";
      if (this.hovered === box?.matrix) return;
      this.hovered = box?.matrix;
      this.paint();
    }

    describe(matrix) {
      const tile = this.tiles?.get(matrix);
      const [, layer, kind] = /^(\d+)\.(.*)$/.exec(matrix) || [null, null, matrix];
      const where = layer === null ? kind : "layer " + layer + " · " + kind;
      if (tile?.density === null || tile?.density === undefined) return where;
      return where + " · " + atlas.names.number(tile.density * 100) + " % of it in the region";
    }

    pick(box) {
      if (!box || box.matrix === this.spec.selected) return;
      this.spec = { ...this.spec, selected: box.matrix };
      this.paint();
      this.hover(null);
      this.element.dispatchEvent(new CustomEvent("grid:pick", { detail: box.matrix, bubbles: true }));
    }

    /* One layer down or up, one kind right or left; stops at the border. */
    step(down, right) {
      const now = this.boxes?.find((box) => box.matrix === this.spec.selected);
      if (!now) return;
      if (now.layer === null) {
        const items = this.boxes.filter((box) => box.layer === null);
        this.pick(down < 0 ? this.boxes.findLast((box) => box.layer !== null) : items[items.indexOf(now) + right]);
        return;
      }
      const kinds = this.spec.kinds.map((kind) => kind.kind);
      const kind = kinds[kinds.indexOf(now.kind) + right];
      const found = this.boxes.find((box) => box.layer === now.layer + down && box.kind === kind);
      this.pick(found || (down > 0 ? this.boxes.find((box) => box.layer === null) : null));
    }
  }

  function decode(text) {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  }

  function thumbnail(tile, colours) {
    const flat = tile.height === 1 || tile.width === 1;
    const canvas = document.createElement("canvas");
    // Vectors stand upright in their thin column, whichever way they are stored.
    canvas.width = flat ? 1 : tile.width;
    canvas.height = flat ? tile.bytes.length : tile.height;
    const image = new ImageData(canvas.width, canvas.height);
    tile.bytes.forEach((byte, i) => {
      const colour = byte * 3;
      image.data.set([colours[colour], colours[colour + 1], colours[colour + 2], 255], i * 4);
    });
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  }

  /* Names of the kinds, and above them of their groups. */
  function heads(context, columns, colour) {
    context.textBaseline = "middle";
    context.textAlign = "center";
    context.fillStyle = colour.ink;
    for (const column of columns) {
      // Too narrow for the name: its first letter; hovering names the matrix.
      const text = context.measureText(column.label).width <= column.w + 2 ? column.label : column.label[0];
      if (!column.thin) context.fillText(text, column.x + column.w / 2, HEAD - 9);
    }
    context.fillStyle = colour.faint;
    for (const group of new Set(columns.map((column) => column.group))) {
      const members = columns.filter((column) => column.group === group);
      const [first, last] = [members[0], members[members.length - 1]];
      context.fillText(group, (first.x + last.x + last.w) / 2, 9);
      context.fillRect(first.x, 18, last.x + last.w - first.x, 1);
    }
    context.fillStyle = colour.faint;
    context.textAlign = "right";
    context.fillText("layer", LABEL - 4, HEAD - 9);
  }

  atlas.grid = function (element, spec) {
    if (!element.grid || !element.grid.canvas.isConnected) element.grid = new Grid(element);
    element.grid.show(spec);
    return element.grid;
  };
})(window.atlas);

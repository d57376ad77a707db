/* The maps as pictures to take along: matrix (`matrix.js`) and overview (`grid.js`), painted again by themselves on
   another sheet (a canvas of twice the size, or SVG), with a head that names them; or as a plotly heatmap of their values. */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";
  const HEAD = { plain: 30, legend: 52 };
  const LEGEND = { x: 14, y: 29, w: 120, h: 9 };

  /* A context to paint on, and what comes of it. */
  function sheet(form, width, height) {
    if (form === "svg") {
      const context = atlas.recorder(width, height, atlas.exports.ground());
      return { context, done: (told) => context.text(told) };
    }
    const canvas = Object.assign(document.createElement("canvas"), { width: width * atlas.exports.scale, height: height * atlas.exports.scale });
    const context = canvas.getContext("2d");
    context.scale(atlas.exports.scale, atlas.exports.scale);
    context.setTransform = () => {}; // the maps set the density of the screen, the sheet has its own
    return { context, done: () => solid(canvas, context, width, height) };
  }

  function solid(canvas, context, width, height) {
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = atlas.exports.ground();
    context.fillRect(0, 0, width, height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  /* One line, smaller where the map is narrow. */
  function head(context, text, font, width) {
    context.font = "600 13px " + font;
    const share = (width - 2 * LEGEND.x) / context.measureText(text).width;
    if (share < 1) context.font = `600 ${Math.max(8, 13 * share)}px ` + font;
    context.fillStyle = atlas.exports.ink();
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(text, LEGEND.x, 15);
  }

  /* The scale of colours with what its ends mean. */
  function legend(context, matrix, font) {
    const bar = matrix.element.querySelector(".matrix-legend canvas");
    const [low, high] = [...matrix.element.querySelectorAll(".matrix-legend b")].map((end) => end.textContent);
    context.font = "11px " + font;
    context.fillStyle = matrix.colour.ink;
    context.fillText(low, LEGEND.x, LEGEND.y + 5);
    const x = LEGEND.x + context.measureText(low).width + 6;
    context.drawImage(bar, x, LEGEND.y, LEGEND.w, LEGEND.h);
    context.fillText(high + (matrix.spec.scale === "log" ? "  (log scale)" : ""), x + LEGEND.w + 6, LEGEND.y + 5);
  }

  function below(context, top, draw) {
    context.save();
    context.translate(0, top);
    draw();
    context.restore();
  }

  /* -- the matrix ------------------------------------------------------------------------------------------- */

  function matrixTold(matrix) {
    const { spec } = matrix;
    const place = matrix.element.closest(".compare-card")?.querySelector("h2, h3")?.textContent; // which of several
    const isSimilarity = spec.reducer === "similarity";
    const [, layer, kind] = /^(\d+)\.(.*)$/.exec(spec.matrix) || [];
    const what = isSimilarity ? "Similarity map" : layer ? `Layer ${layer} · ${kind}` : spec.matrix;
    const whose = place?.trim() || new URLSearchParams(location.search).get("model");
    const measure = spec.measure || spec.reducer;
    const title = [isSimilarity || measure === whose ? what : `${what}, ${measure}`, whose].filter(Boolean).join(" · ");
    const name = isSimilarity ? "similarity-map" : ["map", spec.matrix, place?.trim()].filter(Boolean).join("-");
    return { name, title, description: matrix.canvas.getAttribute("aria-label") || "" };
  }

  async function matrixSheet(matrix, form) {
    const { clientWidth: width, clientHeight: height } = matrix.plotElement;
    const made = sheet(form, width, height + HEAD.legend);
    below(made.context, HEAD.legend, () => {
      const twin = Object.assign(Object.create(matrix), { context: made.context, box: null });
      twin.draw();
    });
    head(made.context, matrixTold(matrix).title, matrix.colour.font, width);
    legend(made.context, matrix, matrix.colour.font);
    return made.done(matrixTold(matrix));
  }

  function matrixFigure(matrix) {
    const { tile, spec } = matrix;
    const { header, values } = tile;
    const isLog = spec.scale === "log";
    const shape = [header.height, header.width];
    const painted = isLog ? values.map((value) => (value > 0 ? Math.log10(value) : NaN)) : values;
    const range = isLog ? tile.domain.map(Math.log10) : tile.domain;
    const unit = spec.measure || spec.reducer;
    const trace = {
      type: "heatmap", z: atlas.exports.packed(painted, shape), customdata: isLog ? atlas.exports.packed(values, shape) : undefined,
      zmin: range[0], zmax: range[1], colorscale: scaleOf(spec),
      x0: header.column_start + (header.column_block - 1) / 2, dx: header.column_block,
      y0: header.row_start + (header.row_block - 1) / 2, dy: header.row_block,
      hovertemplate: `row %{y}, column %{x}<br>${unit} %{${isLog ? "customdata" : "z"}:.4g}<extra></extra>`,
      colorbar: { title: { text: isLog ? `log10 ${unit}` : unit, side: "right" }, thickness: 12, outlinewidth: 0, exponentformat: "e" },
    };
    const [rows, columns] = spec.axes.map(axisOf);
    const layout = {
      ...base(), height: Math.max(320, matrix.plotElement.clientHeight),
      xaxis: { ...columns, ...(spec.square ? { constrain: "domain" } : {}) },
      yaxis: { ...rows, autorange: "reversed", ...(spec.square ? { scaleanchor: "x", constrain: "domain" } : {}), visible: !spec.vector },
    };
    return { data: [trace], layout };
  }

  function base() {
    const ink = atlas.exports.ink();
    return { paper_bgcolor: atlas.exports.ground(), plot_bgcolor: "rgba(0,0,0,0)", font: { color: ink, size: 12 }, margin: { l: 84, r: 16, t: 16, b: 56 } };
  }

  /* Blocks are named in their middle, else the numbers count. */
  function axisOf(axis) {
    const named = { title: { text: atlas.names.axis(axis).trim() }, showgrid: false, zeroline: false };
    const bands = axis.groups || [];
    if (!bands.length) return named;
    return { ...named, tickvals: bands.map((band) => (band.start + band.stop - 1) / 2), ticktext: bands.map((band) => band.label) };
  }

  const scaleOf = (spec) => (Array.isArray(spec.colours) ? spec.colours : spec.colours[atlas.tiles.scheme()]);

  function matrix(element) {
    return {
      told: () => matrixTold(element.matrix),
      numbers: () => atlas.readAsText.matrix(element.matrix),
      png: () => matrixSheet(element.matrix, "png"),
      svg: () => matrixSheet(element.matrix, "svg"),
      figure: () => matrixFigure(element.matrix),
    };
  }

  /* -- the overview ----------------------------------------------------------------------------------------- */

  function gridTold(grid) {
    const { measure, reducer } = grid.spec;
    const text = [`All matrices, ${measure || reducer}`, new URLSearchParams(location.search).get("model")].filter(Boolean).join(" · ");
    return { name: "overview", title: text, description: grid.canvas.getAttribute("aria-label") || "" };
  }

  async function gridSheet(grid, form) {
    const [width, height] = [grid.element.clientWidth, parseFloat(grid.canvas.style.height)];
    const made = sheet(form, width, height + HEAD.plain);
    below(made.context, HEAD.plain, () => {
      const paper = { style: {}, getContext: () => made.context };
      Object.assign(Object.create(grid), { canvas: paper, hovered: null }).paint();
    });
    head(made.context, gridTold(grid).title, atlas.paint.theme(grid.element).font, width);
    return made.done(gridTold(grid));
  }

  /* All thumbnails in one heatmap, a line of nothing between them; 0 to 255 within each kind. */
  function gridFigure(grid) {
    const { kinds, n_layers: layers } = grid.spec;
    const tiles = (kind) => Array.from({ length: layers }, (_, layer) => grid.tiles.get(`${layer}.${kind}`));
    const shown = kinds.filter((kind) => !kind.thin && tiles(kind.kind).some(Boolean));
    const widths = shown.map(({ kind }) => Math.max(...tiles(kind).map((tile) => tile?.width || 0)) + 1);
    const rows = Math.max(...shown.flatMap(({ kind }) => tiles(kind).map((tile) => tile?.height || 0))) + 1;
    const total = widths.reduce((sum, width) => sum + width, 0);
    const z = new Float32Array(layers * rows * total).fill(NaN);
    let left = 0;
    const middles = shown.map(({ kind }, place) => {
      tiles(kind).forEach((tile, layer) => tile && put(z, tile, { top: layer * rows, left, rows: rows - 1, total }));
      left += widths[place];
      return left - widths[place] / 2 - 0.5;
    });
    const heat = { type: "heatmap", z: atlas.exports.packed(z, [layers * rows, total]), zmin: 0, zmax: 255, showscale: false, colorscale: scaleOf(grid.spec), hoverinfo: "skip" };
    const layers_ = { title: { text: "layer" }, autorange: "reversed", tickvals: Array.from({ length: layers }, (_, i) => i * rows + rows / 2 - 0.5), ticktext: Array.from({ length: layers }, (_, i) => String(i)) };
    const plain = { showgrid: false, zeroline: false };
    return { data: [heat], layout: { ...base(), height: 90 + layers * 26, xaxis: { ...plain, side: "top", tickvals: middles, ticktext: shown.map((kind) => kind.kind) }, yaxis: { ...plain, ...layers_ }, margin: { l: 60, r: 16, t: 70, b: 16 } } };
  }

  /* A thumbnail stretched to the height of its row: kinds differ in theirs. */
  function put(z, tile, { top, left, rows, total }) {
    for (let row = 0; row < rows; row++) {
      const from = Math.floor((row * tile.height) / rows) * tile.width;
      for (let column = 0; column < tile.width; column++) z[(top + row) * total + left + column] = tile.bytes[from + column];
    }
  }

  function grid(element) {
    return {
      told: () => gridTold(element.grid),
      png: () => gridSheet(element.grid, "png"),
      svg: () => gridSheet(element.grid, "svg"),
      figure: () => gridFigure(element.grid),
    };
  }

  Object.assign(atlas.exports, { matrix, grid });
})(window.atlas);

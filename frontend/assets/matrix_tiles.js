/* Binary tiles of a matrix: how they are asked for, read, and turned into colours. */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";
  const MOST_PIXELS = 512;
  const MOST_BYTES = 280000; // of one view: all maps that are seen together
  const EXACT_CELLS = 256 * 256;
  const SAMPLED_VALUES = 65536;
  const FEWEST_STEPS = 12;

  /* Pixels along an axis of `size` cells in blocks of a power of two: `most` or fewer, one more where both ends are cut. */
  function count(size, most) {
    let block = 1;
    while (size / block > most) block *= 2;
    return Math.ceil(size / block) + (block > 1 ? 1 : 0);
  }

  /* How a window is asked for: its most rows and columns of pixels and their format, within `most` bytes.
     Few cells are worth their exact value; a byte holds 255 steps of a linear or of a log scale. */
  function request(spec, rows, columns, { height, width, most, precise }) {
    const exact = rows * columns <= Math.min(EXACT_CELLS, most / 4);
    if (exact) return { max_rows: Math.max(1, rows), max_columns: Math.max(1, columns), format: "f32" };
    const format = precise || spec.exact ? "f32" : spec.scale === "log" ? "l8" : "u8";
    let [high, wide] = [Math.min(MOST_PIXELS, height), Math.min(MOST_PIXELS, width)];
    const fits = () => count(rows, high) * count(columns, wide) * (format === "f32" ? 4 : 1) <= most;
    while (!fits() && high + wide > 2) {
      // The axis with more pixels for its room gives way.
      if (count(rows, high) / height > count(columns, wide) / width) high = Math.max(1, Math.floor(high / 2));
      else wide = Math.max(1, Math.floor(wide / 2));
    }
    return { max_rows: Math.max(1, high), max_columns: Math.max(1, wide), format };
  }

  /* The cells of `view` ({r0, r1, c0, c1}, cell units) on a `height` x `width` screen shared by `n` maps, as a query. */
  function question(spec, view, { height, width, precise, n }) {
    const size = request(spec, view.r1 - view.r0, view.c1 - view.c0, { height, width, precise, most: MOST_BYTES / n });
    return new URLSearchParams({
      matrix: spec.matrix,
      reducer: spec.reducer,
      row_start: view.r0,
      row_stop: view.r1,
      column_start: view.c0,
      column_stop: view.c1,
      ...size,
    });
  }

  /* Ask for that. */
  async function load(spec, view, room) {
    const address = spec.tile + (spec.tile.includes("?") ? "&" : "?") + question(spec, view, room);
    const answer = await fetch(address, { signal: room.signal });
    if (!answer.ok) throw await problem(answer);
    const header = JSON.parse(answer.headers.get("X-Tile"));
    return read(header, await answer.arrayBuffer());
  }

  async function problem(answer) {
    try {
      const body = await answer.json();
      return new Error([body.detail, body.hint].filter(Boolean).join(" "));
    } catch {
      return new Error("the server answered " + answer.status);
    }
  }

  /* What each byte of a tile stands for. */
  function steps({ format, low, high }) {
    const found = new Float32Array(256);
    for (let i = 0; i < 256; i++) {
      if (format === "u8") found[i] = low + ((high - low) * i) / 255;
      else found[i] = i ? low * Math.pow(high / low, (i - 1) / 254) : 0;
    }
    return found;
  }

  /* Header and bytes (from `start` on) as a tile whose `values` are the true values; `raw` the bytes they came as. */
  function read(header, buffer, start = 0) {
    const size = header.height * header.width;
    if (header.format === "f32") return { header, values: new Float32Array(buffer, start, size), bytes: 4 * size };
    const raw = new Uint8Array(buffer, start, size);
    const known = steps(header);
    const values = new Float32Array(raw.length);
    for (let i = 0; i < raw.length; i++) values[i] = known[raw[i]];
    return { header, values, raw, bytes: size };
  }

  /* Value and block under a cell position, or null outside of the tile. */
  function at(tile, row, column) {
    const head = tile.header;
    const i = Math.floor((row - head.row_start) / head.row_block);
    const j = Math.floor((column - head.column_start) / head.column_block);
    if (i < 0 || j < 0 || i >= head.height || j >= head.width) return null;
    const rowStart = head.row_start + i * head.row_block;
    const columnStart = head.column_start + j * head.column_block;
    return {
      value: tile.values[i * head.width + j],
      rows: [rowStart, Math.min(head.n_rows, rowStart + head.row_block)],
      columns: [columnStart, Math.min(head.n_columns, columnStart + head.column_block)],
    };
  }

  /* A value as the range of colours counts it; NaN for what does not count. */
  function counted(value, { scale }) {
    const size = scale === "signed" ? Math.abs(value) : value;
    return Number.isFinite(size) && (scale !== "log" || size > 0) ? size : NaN;
  }

  /* Quantiles of the values, as a function of the share below. */
  function quantiles(tile, spec) {
    return tile.raw ? ofSteps(tile, spec) : ofSample(tile, spec);
  }

  /* Bytes are counted, not sorted: there are 256 values. */
  function ofSteps({ header, raw }, spec) {
    const often = new Uint32Array(256);
    for (let i = 0; i < raw.length; i++) often[raw[i]]++;
    const found = Array.from(steps(header), (value, step) => [counted(value, spec), often[step]]);
    const sorted = found.filter(([value, n]) => n && !Number.isNaN(value)).sort(([a], [b]) => a - b);
    const size = sorted.reduce((sum, [, n]) => sum + n, 0);
    return (share) => {
      let left = Math.min(size - 1, Math.floor(share * size));
      for (const [value, n] of sorted) if ((left -= n) < 0) return value;
      return 0;
    };
  }

  function ofSample({ values }, spec) {
    const step = Math.max(1, Math.floor(values.length / SAMPLED_VALUES));
    const sample = [];
    for (let i = 0; i < values.length; i += step) {
      const value = counted(values[i], spec);
      if (!Number.isNaN(value)) sample.push(value);
    }
    const sorted = Float32Array.from(sample).sort();
    return (share) => (sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : 0);
  }

  /* The values that get the first and the last colour: outliers may lie beyond, but not hide the rest. */
  function domain(tile, spec) {
    if (spec.low !== undefined && spec.low !== null) return [spec.low, spec.high];
    const quantile = quantiles(tile, spec);
    const high = quantile(0.999) || quantile(1) || 1;
    if (spec.scale === "signed") return [-high, high];
    if (spec.scale === "log") return [quantile(0.02) || high * 1e-6, high];
    return [spec.unit === "share" ? 0 : Math.min(quantile(0.001), high * 0.999), high];
  }

  /* Whether one outlier leaves so few of the 256 steps to the rest that they should come as float32. */
  function coarse(tile, spec) {
    return tile.header.format === "u8" && (domain(tile, spec)[1] / tile.header.high) * 255 < FEWEST_STEPS;
  }

  /* Position of a value between the first and last colour, 0 to 1. */
  function position(value, [low, high], scale) {
    if (!Number.isFinite(value)) return 0;
    if (scale === "log") {
      if (value <= low) return 0;
      return high > low ? Math.min(1, Math.log(value / low) / Math.log(high / low)) : 1;
    }
    return high > low ? Math.max(0, Math.min(1, (value - low) / (high - low))) : 0;
  }

  /* 256 colours from a scale of [position, hexadecimal] stops, as r, g, b triples. */
  function ramp(scale) {
    const points = scale.map(([place, hex]) => [place, ...[1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16))]);
    const colours = new Uint8Array(256 * 3);
    for (let i = 0, left = 0; i < 256; i++) {
      while (left < points.length - 2 && i / 255 > points[left + 1][0]) left++;
      const [from, to] = [points[left], points[left + 1]];
      const share = (i / 255 - from[0]) / (to[0] - from[0]);
      for (let c = 0; c < 3; c++) colours[i * 3 + c] = from[c + 1] + (to[c + 1] - from[c + 1]) * share;
    }
    return colours;
  }

  /* One canvas pixel per tile pixel. */
  function picture(tile, spec, colours, range) {
    const { height, width } = tile.header;
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d");
    const image = context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const packed = new Uint32Array(256);
    const bytes = new Uint8Array(packed.buffer);
    for (let i = 0; i < 256; i++) bytes.set([colours[i * 3], colours[i * 3 + 1], colours[i * 3 + 2], 255], i * 4);
    const colour = (value) => packed[Math.round(position(value, range, spec.scale) * 255)];
    if (tile.raw) {
      const known = Uint32Array.from(steps(tile.header), colour);
      for (let i = 0; i < tile.raw.length; i++) pixels[i] = known[tile.raw[i]];
    } else for (let i = 0; i < tile.values.length; i++) pixels[i] = colour(tile.values[i]);
    context.putImageData(image, 0, 0);
    return canvas;
  }

  /* `light` or `dark`, as the page is just now. */
  function scheme() {
    return document.documentElement.dataset.mantineColorScheme === "dark" ? "dark" : "light";
  }

  /* The 256 colours of a spec in the page's colour scheme. */
  function colours(spec) {
    return ramp(Array.isArray(spec.colours) ? spec.colours : spec.colours[scheme()]);
  }

  atlas.tiles = { request, question, load, read, at, domain, coarse, position, ramp, picture, problem, scheme, colours };
})(window.atlas);

/* The similarity map: window.atlas.matrix with language blocks, and both sentences of a pair beside it.
   Sentences are fetched once per result; the exact value of a kept pair comes from a tile of one cell.
   Which map is shown (layers), the order of languages and the colours are a look at stored results: nothing is computed. */
(function () {
  "use strict";
  const MOST_PINNED = 3;
  let current = null; // {spec, place: [key, matrix], languages, free, lines, layers}
  let pinned = [];
  let cursor = null; // {row, column}, moved by the arrow keys
  let asked = 0;

  const element = (id) => document.getElementById(id);
  const put = (id, children) => element(id)?.replaceChildren(...children);

  function make(tag, className, text, attributes) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
    return made;
  }

  async function sentences(spec) {
    const query = new URLSearchParams({ start: spec.start, stop: spec.start + spec.n_lines });
    spec.languages.forEach((language) => query.append("languages", language.code));
    const answer = await fetch(`/api/corpora/${encodeURIComponent(spec.corpus)}/lines?${query}`);
    return answer.ok ? (await answer.json()).lines : {};
  }

  /* Language and sentence of one row or column of the map as it is shown. */
  function sentence(index) {
    const { spec, lines, languages } = current;
    const language = languages[Math.floor(index / spec.n_lines)];
    const line = index % spec.n_lines;
    const text = lines?.[language.code]?.[line];
    return { language, line, number: spec.start + line, text: text ?? "" };
  }

  function relation(a, b) {
    if (a.language.code === b.language.code) return a.line === b.line ? "the same sentence" : "same language, different meaning";
    return a.line === b.line ? "same meaning, different language" : "different language, different meaning";
  }

  function side({ language, number, text }) {
    const head = make("div", "pair-head");
    const dot = make("i", "chips-dot");
    dot.style.background = language.colour;
    dot.style.opacity = 1;
    head.append(dot, make("b", "", language.name), make("span", "pair-line", `line ${number}`));
    const box = make("div", "pair-side");
    box.append(head, make("p", "pair-text", text, { dir: language.direction, lang: language.code }));
    return box;
  }

  function pair({ a, b, value, layers }) {
    const head = make("div", "pair-value");
    const where = layers === "all" ? "whole model" : (layers.includes("-") ? "layers " : "layer ") + layers.replace("-", " to ");
    head.append(make("b", "", value === undefined ? "" : value.toFixed(4)), make("span", "", `${relation(a, b)} · ${where}`));
    return [head, side(a), side(b)];
  }

  function showHovered(detail) {
    const box = element("languages-hovered");
    if (!box || !current?.lines) return;
    if (!detail?.rows) {
      if (cursor) return;
      box.replaceChildren(make("p", "pair-hint", "Point at the map, or move the mark with the arrow keys, to read both sentences. Click or Enter keeps the pair here."));
      return;
    }
    cursor = null;
    const [a, b] = [sentence(detail.rows[0]), sentence(detail.columns[0])];
    box.replaceChildren(...pair({ a, b, value: detail.value, layers: current.layers }));
  }

  function showPinned() {
    put("languages-pinned", pinned.map((one) => {
      const box = make("div", "pair is-pinned");
      const close = make("button", "pair-close", "×", { "aria-label": "Remove this pair", type: "button" });
      close.onclick = () => {
        pinned = pinned.filter((other) => other !== one);
        showPinned();
        rememberPinned();
      };
      box.append(close, ...pair(one));
      return box;
    }));
  }

  /* The exact similarity of one pair of the map as it is shown now, or null. */
  async function exact({ row, column }) {
    const { place, languages, layers } = current;
    const [a, b] = [sentence(row), sentence(column)];
    const cell = { matrix: place[1], reducer: "similarity", row_start: row, row_stop: row + 1, column_start: column, column_stop: column + 1 };
    const query = new URLSearchParams({ ...cell, format: "f32", order: codesOf(languages) });
    const answer = await fetch(`/api/results/${place[0]}/tile?${query}`);
    return answer.ok ? { a, b, layers, value: new Float32Array(await answer.arrayBuffer())[0] } : null;
  }

  const isSame = (one, other) =>
    one.layers === other.layers && ["a", "b"].every((end) => one[end].line === other[end].line && one[end].language.code === other[end].language.code);

  async function pin(cell) {
    const found = await exact(cell);
    if (!found) return;
    pinned = [found, ...pinned.filter((one) => !isSame(one, found))].slice(0, MOST_PINNED);
    showPinned();
    rememberPinned();
  }

  /* The mark follows the arrow keys; the view follows the mark. */
  async function moveCursor(matrix, down, right) {
    const { r0, r1, c0, c1 } = matrix.view;
    const middle = { row: Math.floor((r0 + r1) / 2), column: Math.floor((c0 + c1) / 2) };
    const from = cursor || middle;
    const [rows, columns] = matrix.spec.shape;
    const within = (value, size) => Math.max(0, Math.min(size - 1, value));
    cursor = cursor ? { row: within(from.row + down, rows), column: within(from.column + right, columns) } : middle;
    matrix.select({ ...cursor });
    const out = (at, start, stop) => (at < start ? at - start : at + 1 > stop ? at + 1 - stop : 0);
    const [y, x] = [out(cursor.row, r0, r1), out(cursor.column, c0, c1)];
    if (y || x) matrix.move({ r0: r0 + y, r1: r1 + y, c0: c0 + x, c1: c1 + x });
    const mine = ++asked;
    const found = await exact(cursor);
    if (found && mine === asked) put("languages-hovered", pair(found));
  }

  function onKey(event) {
    const matrix = event.currentTarget.matrix;
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!current?.lines || !matrix?.spec || event.shiftKey) return;
    if (step) moveCursor(matrix, ...step);
    else if (event.key === "Enter" && cursor) pin(cursor);
    else return;
    event.preventDefault();
  }

  const codesOf = (languages) => languages.map((language) => language.code).join(",");

  function axis(languages, n_lines) {
    const groups = languages.map((language, index) => ({
      start: index * n_lines,
      stop: (index + 1) * n_lines,
      label: language.name,
    }));
    return { side: null, size: languages.length * n_lines, n_heads: 1, name: " ", groups };
  }

  function listen(map) {
    if (map.dataset.listening) return;
    map.dataset.listening = "yes";
    map.addEventListener("matrix:hover", (event) => showHovered(event.detail));
    map.addEventListener("matrix:cell", (event) => pin(event.detail));
    map.addEventListener("matrix:window", ({ detail }) => {
      if (!map.isConnected) return;
      window.atlas.rememberQuery({ rows: detail.rows?.join("-"), columns: detail.columns?.join("-") });
    });
    map.addEventListener("keydown", onKey);
  }

  /* `window`: what was in view before, where the new map is another look at the same sentences. */
  function draw(map, window_) {
    const { spec, place, languages, free } = current;
    const size = languages.length * spec.n_lines;
    const named = axis(languages, spec.n_lines);
    window.atlas.matrix(map, {
      tile: `/api/results/${place[0]}/tile?${new URLSearchParams({ order: codesOf(languages) })}`,
      matrix: place[1],
      reducer: "similarity",
      measure: "similarity",
      shape: [size, size],
      rows: window_?.rows,
      columns: window_?.columns,
      axes: narrow(map) ? [named, codes(named)] : [named, named],
      colours: spec.colours,
      scale: "linear",
      exact: free, // a narrow range of colours needs more than 256 steps from 0 to 1
      low: free ? null : 0,
      high: free ? null : 1,
      square: true,
      left: 78, // room for the longest name
      hint: spec.hint,
      description: spec.told[current.layers] || "",
    });
  }

  /* Pairs that the address names, with their exact numbers on the map shown. */
  async function pinNamed(spec) {
    const { languages } = current;
    const at = ([code, line]) => languages.findIndex((one) => one.code === code) * spec.n_lines + line - spec.start;
    const size = languages.length * spec.n_lines;
    for (const [a, b] of [...(spec.pinned || [])].reverse()) {
      const [row, column] = [at(a), at(b)];
      if (row >= 0 && column >= 0 && row < size && column < size) await pin({ row, column });
    }
  }

  const named = (side) => `${side.language.code}.${side.number}`;

  /* The address keeps what the browser alone knows: the pinned pairs and the window. */
  function rememberPinned() {
    window.atlas.rememberQuery({ pinned: pinned.map((one) => `${named(one.a)}-${named(one.b)}`).join(",") });
  }

  /* Names that would not fit below their block are replaced by codes. */
  function narrow(map) {
    const { languages } = current;
    const longest = Math.max(...languages.map((language) => language.name.length));
    return (map.clientWidth - 80) / languages.length < 8 + 6 * longest;
  }

  function codes(named) {
    const groups = named.groups.map((group, index) => ({ ...group, label: current.languages[index].code }));
    return { ...named, groups };
  }

  /* What the controls stand on, as `spec.maps` names it: all, 3, 3-9. */
  function layersOf(spec, mode, layer, range) {
    if (mode === "one") return String(layer);
    if (mode !== "range" || (range[0] === 0 && range[1] === spec.n_layers - 1)) return "all";
    return range[0] === range[1] ? String(range[0]) : range.join("-");
  }

  /* Both sliders say what they stand on. */
  function sayLayers(map, spec, mode, layer, range) {
    const left = map.closest(".languages-left");
    if (!left) return;
    left.dataset.mode = mode;
    const span = range[0] === range[1] ? `layer ${range[0]}` : `layers ${range[0]} to ${range[1]}`;
    left.querySelector(".languages-one")?.setAttribute("data-says", `layer ${layer}`);
    left.querySelector(".languages-range")?.setAttribute("data-says", span);
  }

  async function show(spec, mode, layer, range, order, scale) {
    const map = element("languages-map");
    if (!spec || !map || !range) return window.dash_clientside.no_update;
    sayLayers(map, spec, mode, layer, range);
    const layers = layersOf(spec, mode, layer, range);
    const place = spec.maps[layers];
    map.classList.toggle("is-missing", !place);
    const isOther = current?.spec.key !== spec.key;
    const isFresh = !map.dataset.listening; // the page was drawn anew: an empty element
    const known = new Map(spec.languages.map((language) => [language.code, language]));
    const languages = (order || []).map((code) => known.get(code)).filter(Boolean);
    const before = isOther ? null : current;
    current = { spec, layers, languages: languages.length ? languages : spec.languages, free: scale === "free", lines: before?.lines };
    if (isOther || isFresh) pinned = []; // a page that is drawn anew pins what its address names
    listen(map);
    current.place = place || before?.place || Object.values(spec.maps)[0];
    const sameOrder = before && codesOf(before.languages) === codesOf(current.languages);
    if (!sameOrder) cursor = null;
    const unchanged = sameOrder && !isFresh && String(before.place) === String(current.place) && before.free === current.free;
    if (!isFresh && !sameOrder) window.atlas.rememberQuery({ rows: null, columns: null });
    if (!unchanged) draw(map, isFresh ? spec : sameOrder ? map.matrix?.window() : null);
    if (isFresh || isOther) {
      showPinned();
      const lines = current.lines || (await sentences(spec));
      if (current.spec.key === spec.key) current.lines = lines;
      showHovered(null);
      if (isFresh) pinNamed(spec);
    }
    return window.dash_clientside.no_update;
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.languages = { show };
})();

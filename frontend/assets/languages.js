/* The similarity map: window.atlas.matrix with language blocks, and both sentences of a pair beside it.
   Sentences are fetched once per result; the exact value of a pinned pair comes from a tile of one cell. */
(function () {
  "use strict";
  const MOST_PINNED = 3;
  let current = null; // {spec, matrix, lines}
  let pinned = [];

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

  /* Language and sentence of one row or column of the map. */
  function sentence(index) {
    const { spec, lines } = current;
    const language = spec.languages[Math.floor(index / spec.n_lines)];
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

  function pair(row, column, value, matrix) {
    const [a, b] = [sentence(row), sentence(column)];
    const head = make("div", "pair-value");
    const where = matrix === "whole" ? "whole model" : matrix.replace(".", " ");
    head.append(make("b", "", value.toFixed(4)), make("span", "", `${relation(a, b)} · ${where}`));
    return [head, side(a), side(b)];
  }

  function showHovered(detail) {
    const box = element("languages-hovered");
    if (!box || !current?.lines) return;
    if (!detail?.rows) {
      box.replaceChildren(make("p", "pair-hint", "Point at the map to read both sentences; click to keep the pair here."));
      return;
    }
    box.replaceChildren(...pair(detail.rows[0], detail.columns[0], detail.value, current.matrix));
  }

  function showPinned() {
    put("languages-pinned", pinned.map((one) => {
      const box = make("div", "pair is-pinned");
      const close = make("button", "pair-close", "×", { "aria-label": "Remove this pair", type: "button" });
      close.onclick = () => {
        pinned = pinned.filter((other) => other !== one);
        showPinned();
      };
      box.append(close, ...pair(one.row, one.column, one.value, one.matrix));
      return box;
    }));
  }

  async function pin({ row, column }) {
    const { spec, matrix } = current;
    const cell = { matrix, reducer: "similarity", row_start: row, row_stop: row + 1, column_start: column, column_stop: column + 1 };
    const query = new URLSearchParams({ ...cell, format: "f32" });
    const answer = await fetch(`/api/results/${spec.key}/tile?${query}`);
    if (!answer.ok) return;
    const value = new Float32Array(await answer.arrayBuffer())[0];
    pinned = [{ row, column, value, matrix }, ...pinned.filter((one) => one.row !== row || one.column !== column || one.matrix !== matrix)];
    pinned = pinned.slice(0, MOST_PINNED);
    showPinned();
  }

  function axis({ languages, n_lines }) {
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
  }

  function draw(map, spec, matrix) {
    const size = spec.languages.length * spec.n_lines;
    window.atlas.matrix(map, {
      tile: `/api/results/${spec.key}/tile`,
      matrix,
      reducer: "similarity",
      measure: "similarity",
      shape: [size, size],
      axes: narrow(map, spec) ? [axis(spec), codes(spec)] : [axis(spec), axis(spec)],
      colours: spec.colours,
      scale: "linear",
      low: 0,
      high: 1,
      square: true,
      left: 78, // room for the longest name
    });
  }

  /* Names that would not fit below their block are replaced by codes. */
  function narrow(map, spec) {
    const longest = Math.max(...spec.languages.map((language) => language.name.length));
    return (map.clientWidth - 80) / spec.languages.length < 8 + 6 * longest;
  }

  function codes(spec) {
    const short = axis(spec);
    short.groups.forEach((group, index) => (group.label = spec.languages[index].code));
    return short;
  }

  async function show(spec, layer) {
    const map = element("languages-map");
    if (!spec || !map) return window.dash_clientside.no_update;
    const matrix = layer === undefined || layer === null || layer < 0 ? "whole" : `layer.${layer}`;
    const isOther = current?.spec.key !== spec.key;
    const isFresh = !map.dataset.listening; // the page was drawn anew: an empty element
    if (!isOther && !isFresh && current.matrix === matrix) return window.dash_clientside.no_update;
    current = { spec, matrix, lines: isOther ? null : current.lines };
    if (isOther) pinned = [];
    listen(map);
    draw(map, spec, matrix);
    if (isFresh || isOther) {
      showPinned();
      const lines = current.lines || (await sentences(spec));
      if (current.spec.key === spec.key) current.lines = lines;
      showHovered(null);
    }
    return window.dash_clientside.no_update;
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.languages = { show };
})();

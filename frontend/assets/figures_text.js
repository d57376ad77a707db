/* `atlas.readAsText(picture)`: title, description and, where the picture is made of few numbers, the numbers as a table. */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";
  const MOST_ROWS = 400;
  const MOST_COLUMNS = 60;

  const list = (values) => (values ? Array.from(values) : []);

  /* Where the points of a trace stand along its first axis; numbers count where nothing is said. */
  function along(trace, values, n) {
    if (values?.length) return list(values);
    return Array.from({ length: n }, (_, i) => (trace.x0 ?? 0) + i * (trace.dx ?? 1));
  }

  function text(value) {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    return typeof value === "number" ? atlas.names.number(value) : String(value).replace(/<[^>]*>/g, " ").trim();
  }

  const titleOf = (axis, otherwise) => axis?.title?.text?.replace(/<[^>]*>/g, " ") || otherwise;

  /* {columns, rows} of a plotly figure, or null where there are too many numbers to be read. */
  function numbers({ data, full }) {
    const traces = (full || data).filter((trace) => trace.visible === true && trace.hoverinfo !== "skip" && trace.fill !== "toself");
    const heat = traces.find((trace) => trace.type === "heatmap");
    return heat ? heatmap(heat) : series(traces.filter((trace) => trace.y?.length || trace.x?.length));
  }

  function heatmap(trace) {
    const rows = list(trace.z).map(list);
    const width = rows[0]?.length || 0;
    if (!width || rows.length > MOST_ROWS || width > MOST_COLUMNS) return null;
    const x = along({ x0: trace.x0, dx: trace.dx }, trace.x, width);
    const y = along({ x0: trace.y0, dx: trace.dy }, trace.y, rows.length);
    return { columns: ["", ...x], rows: rows.map((row, i) => [y[i], ...row]) };
  }

  /* Bars that lie, and points whose names stand along the vertical axis. */
  function isLying(trace) {
    return trace.orientation === "h" || (typeof trace.y?.[0] === "string" && typeof trace.x?.[0] === "number");
  }

  /* One row per place, one column per series; where series have places twice, one row per point. */
  function series(traces) {
    if (!traces.length) return null;
    const points = traces.map((trace) => {
      const [places, values] = isLying(trace) ? [trace.y, trace.x] : [trace.x, trace.y];
      return { name: trace.name || "value", places: along(trace, places, values.length), values: list(values) };
    });
    const places = [...new Set(points.flatMap((one) => one.places))];
    if (places.length > MOST_ROWS || points.length > MOST_COLUMNS) return null;
    if (points.every((one) => new Set(one.places).size === one.places.length)) {
      const columns = points.map((one) => new Map(one.places.map((place, i) => [place, one.values[i]])));
      return { columns: [null, ...points.map((one) => one.name)], rows: places.map((place) => [place, ...columns.map((column) => column.get(place))]) };
    }
    const rows = points.flatMap((one) => one.places.map((place, i) => [place, one.values[i], one.name]));
    return rows.length > MOST_ROWS ? null : { columns: [null, "value", "series"], rows };
  }

  function cell(tag, value, scope) {
    const made = document.createElement(tag);
    made.textContent = text(value);
    if (scope) made.scope = scope;
    return made;
  }

  function table({ columns, rows }, first) {
    const made = document.createElement("table");
    const head = made.createTHead().insertRow();
    columns.forEach((column, i) => head.append(cell("th", i ? column : first, "col")));
    const body = made.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      row.forEach((value, i) => line.append(i ? cell("td", value) : cell("th", value, "row")));
    }
    return made;
  }

  function dialog() {
    const found = document.getElementById("figure-text");
    if (found) return found;
    const made = Object.assign(document.createElement("dialog"), { id: "figure-text", className: "figure-text" });
    made.innerHTML = '<form method="dialog"><button aria-label="Close" autofocus>×</button></form><h2></h2><p></p><div tabindex="0"></div>';
    made.setAttribute("aria-labelledby", "figure-text-title");
    made.querySelector("h2").id = "figure-text-title";
    made.addEventListener("click", (event) => event.target === made && made.close());
    document.body.append(made);
    return made;
  }

  atlas.readAsText = async function (picture) {
    const told = picture.told();
    const found = picture.numbers ? picture.numbers() : null;
    const made = dialog();
    made.querySelector("h2").textContent = told.title;
    made.querySelector("p").textContent = told.description || "This picture has no description yet.";
    const box = made.querySelector("div");
    box.hidden = !found;
    box.replaceChildren(...(found ? [table(found, found.first)] : []));
    made.showModal();
    made.scrollTop = 0;
  };

  /* Numbers of a graph as it stands on the page. */
  atlas.readAsText.plotly = function (graph) {
    const found = numbers({ data: graph.data, full: graph._fullData });
    const axis = graph.layout[graph._fullData?.some(isLying) ? "yaxis" : "xaxis"]; // plotly's own has words of its own
    return found && { ...found, first: titleOf(axis, "place") };
  };

  /* Numbers of a map, once its cells are shown one by one. */
  atlas.readAsText.matrix = function ({ tile, spec }) {
    const { header, values } = tile || {};
    if (!header?.exact || header.height > MOST_ROWS || header.width > MOST_COLUMNS) return null;
    const columns = Array.from({ length: header.width }, (_, i) => atlas.names.one(spec.axes[1], header.column_start + i));
    const rows = Array.from({ length: header.height }, (_, i) => [
      atlas.names.one(spec.axes[0], header.row_start + i), ...values.subarray(i * header.width, (i + 1) * header.width),
    ]);
    return { columns: ["", ...columns], rows, first: "" };
  };
})(window.atlas);

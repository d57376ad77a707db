/* A picture as a file: `atlas.exports.save(picture, form)` with form png, svg or html.

   picture: {told() -> {name, title, description}, png() -> Blob, svg() -> text, figure() -> {data, layout},
             numbers?() -> {columns, rows, first} or null (`figures_text.js`)}
   `atlas.exports.plotly(element)` is that of a plotly graph; those of the maps are made by `exports_canvas.js`. */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";
  const PLOTLY = "/_dash-component-suites/plotly/package_data/plotly.min.js";
  const PIXELS_PER_POINT = 2;
  const TITLE_ROOM = 34;
  const TYPES = { Float32Array: "f4", Float64Array: "f8", Uint8Array: "u1", Int8Array: "i1", Int16Array: "i2", Uint16Array: "u2", Int32Array: "i4", Uint32Array: "u4" };

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  /* The surface that pictures stand on: solid, in either scheme. */
  const ground = () => css("--atlas-surface") || "#ffffff";
  const ink = () => css("--atlas-ink") || "#22262e";
  const escaped = (text) => String(text ?? "").replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

  /* page-name-date, letters and digits alone. */
  function fileName({ name }, form) {
    const page = location.pathname.split("/").filter(Boolean).join("-") || "start";
    const plain = `${page}-${name}`.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "");
    return `${plain}-${new Date().toISOString().slice(0, 10)}.${form}`;
  }

  function download(content, name, type) {
    const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
    const link = Object.assign(document.createElement("a"), { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  }

  async function save(picture, form) {
    const told = picture.told();
    const name = fileName(told, form);
    if (form === "png") return download(await saying(await picture.png(), told), name);
    if (form === "svg") return download(sourced(await picture.svg(), await provenance()), name, "image/svg+xml");
    return download(await page(told, await picture.figure()), name, "text/html");
  }

  /* -- one HTML file that needs no network ------------------------------------------------------------------ */

  async function page(told, figure) {
    const answer = await fetch(PLOTLY);
    if (!answer.ok) throw new Error("plotly.js is not there (" + answer.status + ")");
    const sources = (await provenance()).map((line) => `<li>${escaped(line)}</li>`).join("");
    const title = escaped(told.title);
    return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Lingua Atlas</title><link rel="icon" href="data:,">
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:1200px;margin:24px auto;padding:0 20px;background:${ground()};color:${ink()}}
h1{font-size:21px;margin:0 0 12px}p,li{max-width:80ch}footer{font-size:13px;opacity:.8;overflow-wrap:anywhere}</style></head>
<body><h1>${title}</h1><figure style="margin:0"><div id="picture" role="img" aria-label="${title}. ${escaped(told.description)}"></div>
<figcaption><p>${escaped(told.description)}</p></figcaption></figure>
<footer><p>View: <a style="color:inherit" href="${escaped(location.href)}">${escaped(location.href)}</a></p><ul>${sources}</ul></footer>
<script>${await answer.text()}</script>
<script>const figure = ${json(figure)};
Plotly.newPlot("picture", figure.data, figure.layout, {responsive: true, displaylogo: false, showSendToCloud: false});</script></body></html>`;
  }

  async function saying(png, { title, description }) {
    const source = [location.href, ...(await provenance())].join("\n");
    return atlas.pngSaying(png, { Title: title, Description: description, Source: source, Software: "Lingua Atlas" });
  }

  /* An SVG whose description says where it comes from. */
  function sourced(svg, lines) {
    return svg.replace("</desc>", () => `${lines.map((line) => ` ${escaped(line)}.`).join("")}</desc>`);
  }

  /* Where the results on the page come from, one line each; a page that does not say it is asked for. */
  async function provenance() {
    const shown = [...document.querySelectorAll(".provenance")].map((line) =>
      [...line.children].map((fact) => fact.textContent.trim()).filter(Boolean).join(" · "));
    if (shown.length) return shown;
    const answer = await fetch("/export/sources.json?" + new URLSearchParams({ view: location.pathname + location.search }));
    return answer.ok ? (await answer.json()).lines : [];
  }

  /* JSON that may stand in a script; typed arrays as plotly writes them; what plotly keeps for itself is left out. */
  function json(value) {
    const replaced = (name, one) => (name.startsWith("_") ? undefined : ArrayBuffer.isView(one) ? packed(one) : one);
    return JSON.stringify(value, replaced).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
  }

  function packed(array, shape) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    const spec = { dtype: TYPES[array.constructor.name], bdata: btoa(text) };
    return shape ? { ...spec, shape: shape.join(", ") } : spec;
  }

  /* -- graphs of plotly ------------------------------------------------------------------------------------- */

  function told(graph) {
    const meta = graph.layout?.meta || {};
    const title = meta.title || graph._fullLayout?.title?.text || "Figure";
    return { name: meta.name || "figure", title, description: meta.description || "" };
  }

  /* The graph on a solid ground with its title above, as large as it stands on the page. */
  function framed(graph) {
    const { width, height, margin } = graph._fullLayout;
    const text = told(graph).title.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    const place = { x: 0, xref: "container", xanchor: "left", y: 1, yref: "container", yanchor: "top", pad: { t: 12, l: 14 } };
    const layout = {
      ...graph.layout, legend: lowered(graph.layout.legend, height), width, height: height + TITLE_ROOM, autosize: false, paper_bgcolor: ground(),
      margin: { ...margin, t: margin.t + TITLE_ROOM }, title: { text, font: { size: 15 }, ...place },
    };
    return { data: graph.data, layout };
  }

  /* A legend at the upper edge of the picture would stand on the title. */
  function lowered(legend, height) {
    if (legend?.yref !== "container") return legend;
    return { ...legend, y: ((legend.y ?? 1) * height) / (height + TITLE_ROOM) };
  }

  async function picture(graph, format, scale) {
    const { width, height } = framed(graph).layout;
    return window.Plotly.toImage(framed(graph), { format, width, height, scale });
  }

  function plotly(graph) {
    return {
      told: () => told(graph),
      numbers: () => atlas.readAsText.plotly(graph),
      png: async () => (await fetch(await picture(graph, "png", PIXELS_PER_POINT))).blob(),
      svg: async () => named(decodeURIComponent((await picture(graph, "svg", 1)).split(",").slice(1).join(",")), told(graph)),
      figure: () => ({
        data: graph.data,
        layout: { ...graph.layout, width: undefined, autosize: true, height: graph._fullLayout.height, paper_bgcolor: ground() },
      }),
    };
  }

  /* Title and description where SVG has places for them. */
  function named(svg, { title, description }) {
    const said = `<title>${escaped(title)}</title><desc>${escaped(description)} ${escaped(location.href)}</desc>`;
    return svg.replace(/<svg[^>]*>/, (opening) => opening + said);
  }

  atlas.exports = { save, plotly, packed, ground, ink, fileName, scale: PIXELS_PER_POINT };
})(window.atlas);

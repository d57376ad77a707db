/* The Neurons page in the browser: the texts behind a cell of the deactivation matrix, and which cell is chosen.
   Clientside functions: neurons.texts(key), neurons.mark(said), neurons.row(shown). */
(function () {
  "use strict";
  const none = () => window.dash_clientside.no_update;

  /* The texts of a stored generation grid, painted as on the Touch page: broken bytes as bytes. */
  function texts(key) {
    const box = document.getElementById("neurons-texts-shown");
    if (!box) return none();
    box.dataset.key = key || "";
    if (!key) box.replaceChildren();
    else
      fetch("/api/results/" + key).then(async (answer) => {
        const manifest = answer.ok ? await answer.json() : null;
        if (!manifest || box.dataset.key !== key) return;
        const columns = manifest.summary.columns.map((column, place) => ({
          title: place ? column.name : "Full model",
          note: column.note,
          continuations: column.continuations,
        }));
        window.atlas.texts.render(box, columns);
      });
    return none();
  }

  /* Frame the cell that was clicked, and bring what it opened into view. */
  function mark(said) {
    const cell = said && window.atlas.saying(said)?.closest("td");
    if (!cell) return none();
    cell.closest("table").querySelectorAll(".is-read").forEach((other) => other.classList.remove("is-read"));
    cell.classList.add("is-read");
    const opened = document.getElementById(said.type === "neurons-off-read" ? "neurons-texts-place" : "neurons-held-curve");
    setTimeout(() => opened?.scrollIntoView({ block: "nearest" }), 300);
    return none();
  }

  /* The line of the neuron whose card is open. */
  function row(shown) {
    const [layer, index] = shown?.neuron || [];
    for (const line of document.querySelectorAll("#neurons-listed .neurons-row")) {
      const said = JSON.parse(line.dataset.says);
      line.classList.toggle("is-shown", said.layer === layer && said.index === index);
    }
    return none();
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { neurons: { texts, mark, row } });
})();

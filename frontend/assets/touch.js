/* The Touch page in the browser: its texts (attempts.js), its grid of texts, its address. */
window.atlas = window.atlas || {};
window.dash_clientside = window.dash_clientside || {};
(function (atlas) {
  "use strict";
  function show(choice) {
    const keys = choice?.keys || [];
    if (keys.length) atlas.rememberQuery({ result: null, key: keys[0], beside: keys[1] });
    atlas.attempts.show("touch-texts", choice);
    return window.dash_clientside.no_update;
  }

  /* The texts of a grid: one column per change, the unchanged model first. */
  function grid(key) {
    const box = document.getElementById("touch-grid-texts");
    if (!box) return window.dash_clientside.no_update;
    box.dataset.key = key || "";
    if (!key) box.replaceChildren();
    else {
      atlas.rememberQuery({ grid: key });
      fetch("/api/results/" + key).then(async (answer) => {
        const manifest = answer.ok ? await answer.json() : null;
        if (!manifest || box.dataset.key !== key) return;
        const columns = manifest.summary.columns.map((column, place) => ({
          title: place ? column.name : "Unchanged",
          note: column.note,
          continuations: column.continuations,
        }));
        atlas.texts.render(box, columns);
      });
    }
    return window.dash_clientside.no_update;
  }

  window.dash_clientside.touch_page = { show, grid };
})(window.atlas);

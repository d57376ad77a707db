/* Attempts in a box: the texts of a running perturbation while they stream, and those of stored ones.

   atlas.attempts.show(boxId, {keys: [...], running}): the box gets one card per prompt (texts.render). */
window.atlas = window.atlas || {};
window.dash_clientside = window.dash_clientside || {};
(function (atlas) {
  "use strict";
  const boxes = new Map(); // box id -> {shown, stop}

  async function read(path) {
    const answer = await fetch(path);
    return answer.ok ? answer.json() : null;
  }

  function empty(request) {
    return request.prompts.map((prompt) => ({ language: prompt.language, prompt: prompt.text, tokens: [], finish: "" }));
  }

  function paint(id, columns, streaming) {
    const box = document.getElementById(id);
    if (box) atlas.texts.render(box, columns, { streaming });
  }

  /* Stored attempts: the unchanged text once, then one column per attempt. */
  function stored(id, manifests) {
    const first = manifests[0].summary;
    const columns = [{ title: "Unchanged", continuations: first.base }];
    manifests.forEach((manifest, place) => {
      const title = manifests.length > 1 ? "Attempt " + (place + 1) + ": " + words(manifest) : "Touched";
      columns.push({ title, continuations: aligned(first.base, manifest.summary.perturbed) });
    });
    paint(id, columns, false);
  }

  function words(manifest) {
    return manifest.summary.edits.map((edit) => edit.sentence).join("; ");
  }

  /* The texts of another attempt in the order of the first one's prompts; gaps where a prompt is missing. */
  function aligned(base, texts) {
    return base.map((one) => texts.find((other) => other.language === one.language && other.prompt === one.prompt));
  }

  function follow(id, state, key, request) {
    const sides = { base: empty(request), perturbed: empty(request) };
    const columns = [
      { title: "Unchanged", continuations: sides.base },
      { title: "Touched", continuations: sides.perturbed },
    ];
    let waiting = false;
    const repaint = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        if (state.shown === key) paint(id, columns, true);
      });
    };
    paint(id, columns, true);
    state.stop = atlas.follow(key, {
      onTokens: (event) => {
        const text = sides[event.side][event.prompt];
        if (!text) return;
        // A replay sends from the start again: `offset` says where these tokens belong.
        text.tokens.splice(event.offset, event.tokens.length, ...event.tokens);
        for (const other of [...sides.base, ...sides.perturbed]) other.writing = other === text;
        repaint();
      },
      onEnd: async (event) => {
        if (state.shown !== key || event.state !== "done") return;
        const manifest = await read("/api/results/" + key);
        if (manifest && state.shown === key) stored(id, [manifest]);
      },
    });
  }

  async function open(id, state, keys, running) {
    const mine = state.shown;
    if (running) {
      const job = await read("/api/jobs/" + keys[0]);
      if (state.shown !== mine || !job || ["failed", "cancelled"].includes(job.state)) return;
      if (job.state !== "done") {
        follow(id, state, keys[0], job.request);
        return;
      }
    }
    const manifests = (await Promise.all(keys.map((key) => read("/api/results/" + key)))).filter(Boolean);
    if (state.shown === mine && manifests.length) stored(id, manifests);
  }

  /* Not awaited: Dash would hold back a second call while the first still reads. */
  function show(id, choice) {
    const keys = choice?.keys || [];
    const state = boxes.get(id) || { shown: "", stop: null };
    boxes.set(id, state);
    if (state.stop) state.stop();
    state.stop = null;
    state.shown = keys.join(",");
    if (keys.length) open(id, state, keys, choice.running);
    else paint(id, [], false);
  }

  atlas.attempts = { show };
  window.dash_clientside.dimensions = {
    show_text: (choice) => {
      show("dimensions-text-box", choice);
      return window.dash_clientside.no_update;
    },
  };
})(window.atlas);

/* The Touch page in the browser: texts while they stream, and those of stored attempts. */
window.atlas = window.atlas || {};
window.dash_clientside = window.dash_clientside || {};
(function (atlas) {
  "use strict";
  // Once there is a key, the address names it alone.
  const NO_PREFILL = { matrix: null, index: null, side: null, dimension: null, action: null, spread: null, result: null };
  let stop = null;
  let shown = "";

  async function read(path) {
    const answer = await fetch(path);
    return answer.ok ? answer.json() : null;
  }

  /* A text is still being written when its tokens came last. */
  function empty(request) {
    return request.prompts.map((prompt) => ({ language: prompt.language, prompt: prompt.text, tokens: [], finish: "" }));
  }

  function paint(columns, streaming) {
    const box = document.getElementById("touch-texts");
    if (box) atlas.texts.render(box, columns, { streaming });
  }

  /* Stored attempts: the unchanged text once, then one column per attempt. */
  function stored(manifests) {
    const first = manifests[0].summary;
    const columns = [{ title: "Unchanged", continuations: first.base }];
    manifests.forEach((manifest, place) => {
      const title = manifests.length > 1 ? "Attempt " + (place + 1) + ": " + words(manifest) : "Touched";
      columns.push({ title, continuations: aligned(first.base, manifest.summary.perturbed) });
    });
    paint(columns, false);
  }

  function words(manifest) {
    return manifest.summary.edits.map((edit) => edit.sentence).join("; ");
  }

  /* The texts of another attempt in the order of the first one's prompts; gaps where a prompt is missing. */
  function aligned(base, texts) {
    return base.map((one) => texts.find((other) => other.language === one.language && other.prompt === one.prompt));
  }

  function follow(key, request) {
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
        if (shown === key) paint(columns, true);
      });
    };
    paint(columns, true);
    stop = atlas.follow(key, {
      onTokens: (event) => {
        const text = sides[event.side][event.prompt];
        if (!text) return;
        // A replay sends from the start again: `offset` says where these tokens belong.
        text.tokens.splice(event.offset, event.tokens.length, ...event.tokens);
        for (const other of [...sides.base, ...sides.perturbed]) other.writing = other === text;
        repaint();
      },
      onEnd: async (event) => {
        if (shown !== key || event.state !== "done") return;
        const manifest = await read("/api/results/" + key);
        if (manifest && shown === key) stored([manifest]);
      },
    });
  }

  async function open(keys, running) {
    const mine = shown;
    if (running) {
      const job = await read("/api/jobs/" + keys[0]);
      if (shown !== mine || !job || ["failed", "cancelled"].includes(job.state)) return;
      if (job.state !== "done") {
        follow(keys[0], job.request);
        return;
      }
    }
    const manifests = (await Promise.all(keys.map((key) => read("/api/results/" + key)))).filter(Boolean);
    if (shown === mine && manifests.length) stored(manifests);
  }

  /* Not awaited: Dash would hold back a second call while the first still reads. */
  function show(choice) {
    const keys = choice?.keys || [];
    if (stop) stop();
    stop = null;
    shown = keys.join(",");
    if (keys.length) {
      atlas.rememberQuery({ ...NO_PREFILL, key: keys[0], beside: keys[1] });
      open(keys, choice.running);
    } else paint([], false);
    return window.dash_clientside.no_update;
  }

  window.dash_clientside.touch_page = { show };
})(window.atlas);

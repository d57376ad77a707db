/* Generated text as tokens: what each adds, how likely it was, which bytes it is, where two texts differ.

   atlas.texts.render(element, columns): element gets one card per prompt, one text per column.
   column: {title, note (on hover), continuations: [{language, prompt, tokens, finish}]}; the first column is what others differ from. */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";
  const RTL = new Set(["ar", "fa", "he", "ur", "ps", "sd", "yi", "dv", "ug", "ckb"]);
  const BROKEN = "\uFFFD";
  const MOST_COMPARED = 1500;

  function direction(language) {
    return RTL.has(language.split("-")[0].toLowerCase()) ? "rtl" : "ltr";
  }

  function languageName(code) {
    try {
      return new Intl.DisplayNames(["en"], { type: "language" }).of(code) || code;
    } catch {
      return code;
    }
  }

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  /* Which tokens of `ours` are not part of the longest common subsequence with `theirs`. */
  function differing(theirs, ours) {
    const [a, b] = [theirs.slice(0, MOST_COMPARED), ours.slice(0, MOST_COMPARED)];
    const width = b.length + 1;
    const table = new Uint16Array((a.length + 1) * width);
    for (let i = a.length - 1; i >= 0; i--) {
      for (let j = b.length - 1; j >= 0; j--) {
        const place = i * width + j;
        table[place] = a[i] === b[j] ? table[place + width + 1] + 1 : Math.max(table[place + width], table[place + 1]);
      }
    }
    const different = new Array(ours.length).fill(true);
    for (let i = 0, j = 0; i < a.length && j < b.length; ) {
      if (a[i] === b[j]) {
        different[j] = false;
        i++;
        j++;
      } else if (table[(i + 1) * width + j] >= table[i * width + j + 1]) i++;
      else j++;
    }
    return different;
  }

  /* Tokens as they are seen: pieces of one character joined to the token that completes it. */
  function pieces(tokens, complete) {
    const found = [];
    let waiting = [];
    tokens.forEach((token, place) => {
      if (token.text === "" && token.bytes_hex) {
        waiting.push({ ...token, place });
        return;
      }
      const whole = token.text.replace(/^\uFFFD+/, "");
      if (waiting.length && whole && whole !== token.text && !whole.includes(BROKEN)) {
        // The pieces before it never became a character; the token itself did.
        found.push({ text: BROKEN, parts: waiting });
        found.push({ text: whole, parts: [{ ...token, place }] });
      } else found.push({ text: token.text, parts: [...waiting, { ...token, place }] });
      waiting = [];
    });
    if (waiting.length && complete) found.push({ text: BROKEN, parts: waiting });
    return found;
  }

  function hex(parts) {
    return parts.map((part) => part.bytes_hex.toUpperCase().replace(/(..)(?=.)/g, "$1 ")).join(" ");
  }

  function span(piece, different) {
    const broken = piece.text.includes(BROKEN);
    const element = make("span", "token" + (broken ? " is-broken" : "") + (different ? " is-different" : ""));
    element.textContent = broken ? hex(piece.parts) : piece.text;
    if (broken) element.dir = "ltr";
    element.token = piece.parts;
    return element;
  }

  function text(continuation, base, streaming) {
    const box = make("div", "touch-text");
    box.lang = continuation.language;
    box.dir = direction(continuation.language);
    const ids = continuation.tokens.map((token) => token.id);
    let different = [];
    if (base) {
      // While both still grow, what only one has so far is not a difference.
      const theirs = base.tokens.map((token) => token.id);
      const length = streaming ? Math.min(theirs.length, ids.length) : Math.max(theirs.length, ids.length);
      different = differing(theirs.slice(0, streaming ? theirs.length : length), ids.slice(0, length));
    }
    for (const piece of pieces(continuation.tokens, !streaming)) {
      box.append(span(piece, piece.parts.some((part) => different[part.place])));
    }
    if (streaming && continuation.writing) box.append(make("span", "touch-caret"));
    if (!continuation.tokens.length && !streaming) box.append(make("span", "map-note", "no text at all"));
    if (continuation.finish === "eos") box.append(make("span", "touch-end", "end of text"));
    if (continuation.finish === "not_finite") box.append(make("span", "touch-end", "no next token: every logit is NaN or infinite"));
    return box;
  }

  function card(columns, place, streaming) {
    const first = columns.map((column) => column.continuations[place]).find(Boolean);
    const section = make("section", "atlas-card touch-card");
    const head = make("div", "touch-card-head");
    head.append(make("span", "touch-language", languageName(first.language)));
    const prompt = make("span", "touch-given", first.prompt);
    prompt.lang = first.language;
    prompt.dir = direction(first.language);
    head.append(prompt);
    const grid = make("div", "touch-columns");
    grid.style.setProperty("--columns", columns.length);
    const base = columns[0].continuations[place];
    columns.forEach((column, number) => {
      const cell = make("div", "touch-column");
      const title = make("div", "touch-column-title", column.title);
      if (column.note) title.title = column.note;
      cell.append(title);
      const continuation = column.continuations[place];
      if (continuation) cell.append(text(continuation, number ? base : null, streaming));
      grid.append(cell);
    });
    section.append(head, grid);
    return section;
  }

  function render(element, columns, { streaming = false } = {}) {
    const count = Math.max(0, ...columns.map((column) => column.continuations.length));
    element.replaceChildren(...Array.from({ length: count }, (_, place) => card(columns, place, streaming)));
  }

  /* One tooltip for all tokens: id, log-probability, bytes. */
  const tip = make("div", "token-tip");
  tip.hidden = true;
  tip.setAttribute("role", "tooltip");
  function describe(parts) {
    tip.replaceChildren(
      ...parts.map((part) => {
        const line = make("div", "token-tip-line");
        const share = 100 * Math.exp(part.log_probability);
        line.append(
          make("b", "", part.text && !part.text.includes(BROKEN) ? "“" + part.text.replace(/\n/g, "⏎") + "”" : "part of a character"),
          make("span", "", `log-probability ${part.log_probability.toFixed(3)} (${share >= 0.1 ? share.toFixed(1) : "< 0.1"} %)`),
          make("span", "", `token ${part.id} · bytes ${hex([part]) || "none"}`),
        );
        return line;
      }),
    );
  }
  document.addEventListener("pointerover", (event) => {
    const token = event.target.closest?.(".token");
    tip.hidden = !token;
    if (!token) return;
    if (!tip.isConnected) document.body.append(tip);
    describe(token.token);
    const box = token.getClientRects()[0] || token.getBoundingClientRect();
    tip.style.left = Math.max(8, Math.min(window.innerWidth - tip.offsetWidth - 8, box.left)) + "px";
    const above = box.top - tip.offsetHeight - 6;
    tip.style.top = (above > 4 ? above : box.bottom + 6) + "px";
  });

  atlas.texts = { render, differing, pieces };
})(window.atlas);

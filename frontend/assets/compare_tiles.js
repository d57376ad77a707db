/* Tiles of locked matrices, asked for together (atlas.link.load): one request for all maps that want the same window.

   Few are under way at a time: what is wanted meanwhile waits, and only the newest of it is asked for. A server that
   computes all that the hand has already left behind would answer later. */
window.atlas = window.atlas || {};
(function (atlas) {
  "use strict";
  const MOST_UNDER_WAY = 2; // the one that is wanted, and one that the hand has just left behind
  const LINES = new Map(); // address of the subjects -> {waiting, due, nUnderWay}

  /* As `atlas.tiles.load`; the tile also brings the `scale` of all subjects. */
  function load(spec, view, room) {
    const { address } = spec.among;
    if (!LINES.has(address)) LINES.set(address, { address, waiting: [], due: null, nUnderWay: 0 });
    const line = LINES.get(address);
    return new Promise((resolve, reject) => {
      line.waiting.push({ spec, view, room, resolve, reject });
      line.due = line.due || setTimeout(() => send(line), 0); // the other maps ask in the same turn
    });
  }

  async function send(line) {
    line.due = null;
    if (line.nUnderWay >= MOST_UNDER_WAY) return;
    const wanted = line.waiting.filter((one) => !isLeft(one));
    line.waiting = [];
    if (!wanted.length) return;
    line.nUnderWay++;
    await Promise.all(together(wanted).map((tiles) => ask(line.address, tiles)));
    line.nUnderWay--;
    if (!line.due) send(line);
  }

  /* Nobody waits for it any more. */
  function isLeft({ room, reject }) {
    if (room.signal.aborted) reject(room.signal.reason);
    return room.signal.aborted;
  }

  /* Lists of those that want the same cells in the same format. */
  function together(wanted) {
    const found = new Map();
    for (const one of wanted) {
      const { matrix, reducer, scale, exact } = one.spec;
      const same = JSON.stringify([matrix, reducer, scale === "log", exact, one.room.precise, one.view]);
      found.set(same, [...(found.get(same) || []), one]);
    }
    return Array.from(found.values());
  }

  /* As finely as the largest of the maps is drawn. */
  function questionOf(wanted) {
    const [{ spec, view, room }] = wanted;
    const most = (side) => Math.max(...wanted.map((one) => one.room[side]));
    return atlas.tiles.question(spec, view, { ...room, height: most("height"), width: most("width") });
  }

  async function ask(address, wanted) {
    const pictures = wanted.map(({ spec }) => spec.among.picture).join(",");
    try {
      const answer = await fetch(address + "&pictures=" + pictures + "&" + questionOf(wanted));
      if (!answer.ok) throw await atlas.tiles.problem(answer);
      const { tiles, scale } = JSON.parse(answer.headers.get("X-Tiles"));
      const buffer = await answer.arrayBuffer();
      let start = 0;
      wanted.forEach(({ resolve }, place) => {
        const tile = atlas.tiles.read(tiles[place], buffer, start);
        start += tile.bytes;
        resolve({ ...tile, scale });
      });
    } catch {
      // What one of them lacks must not hide the others: each says for itself what is wrong.
      for (const { spec, view, room, resolve, reject } of wanted) atlas.tiles.load(spec, view, room).then(resolve, reject);
    }
  }

  atlas.link.load = load; // `compare.js` comes before this file
})(window.atlas);

/* What benchmarks.hand asks of a page: when the last event came, when the picture that it led to was painted. */
window.hand = {
    event: 0,
    main: 0,
    arm() {
        this.event = 0;
        this.armed = true;
        this.section = document.querySelector("#compare-section > *");
    },
    maps: () => Array.from(document.querySelectorAll(".matrix"), (box) => box.matrix).filter((one) => one?.plot && one.isSeen),
    /* The picture is that of the window: a move within one block needs no other. */
    isNew({ view, tile, stale, spec }) {
        if (stale || !tile || tile.spec !== spec) return false;
        const head = tile.header;
        const covers = (from, to, start, block, n_blocks, size) =>
            Math.floor(Math.floor(from) / block) * block === start &&
            Math.min(size, start + n_blocks * block) === Math.min(size, Math.ceil(Math.ceil(to - 1e-6) / block) * block);
        return (
            covers(view.r0, view.r1, head.row_start, head.row_block, head.height, head.n_rows) &&
            covers(view.c0, view.c1, head.column_start, head.column_block, head.width, head.n_columns)
        );
    },
    areNew() {
        const maps = this.maps();
        return maps.length > 0 && maps.every((map) => this.isNew(map) && !map.element.classList.contains("matrix-busy"));
    },
    /* Bytes of all pictures that are seen. */
    weight() {
        return this.maps().reduce((sum, map) => sum + map.tile.bytes, 0);
    },
    until: (isDone) => new Promise((resolve) => {
        const look = () => {
            if (!hand.event || !isDone()) return requestAnimationFrame(look);
            requestAnimationFrame(() => resolve(performance.now() - hand.event));
        };
        look();
    }),
    painted: () => hand.until(() => hand.areNew()),
    switched: () => hand.until(() => {
        const now = document.querySelector("#compare-section > *");
        return now && now !== hand.section;
    }),
};
for (const name of ["wheel", "pointermove", "pointerup", "click", "keydown"]) {
    const heard = (event) => { if (hand.armed) hand.event = event.timeStamp; };
    addEventListener(name, heard, { capture: true, passive: true });
}
new MutationObserver(() => {
    if (hand.main || !document.querySelector("#shell-page > *")) return;
    requestAnimationFrame(() => { hand.main = hand.main || performance.now(); });
}).observe(document, { childList: true, subtree: true });

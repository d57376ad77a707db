/* The Runs page: one listener for the buttons of all rows, and one reading of the list at a time.
   A button says what it is for (`data-run`), its row whose it is (`data-run-key`); stores of the page take it on.
   Clientside functions: runs.changed(change, tick), runs.answered(n). */
(function () {
  "use strict";
  const PATIENCE_MS = 10000, COPIED_MS = 1600, MORE_ROWS = 50;
  const none = () => window.dash_clientside.no_update;
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  let askedAt = 0, isWaiting = false, isDue = false;

  /* Dash drops the answer to an older question: asked at every change, a busy list would never be answered. */
  function ask() {
    isDue = isWaiting && Date.now() - askedAt < PATIENCE_MS;
    if (isDue) return none();
    isWaiting = true;
    askedAt = Math.max(Date.now(), askedAt + 1);
    return askedAt;
  }

  /* Asked again outside of this chain of callbacks: Dash drops a callback that is its own cause. */
  function answered() {
    isWaiting = false;
    if (isDue) setTimeout(() => isWaiting || set("runs-asked", { data: ask() }));
    return none();
  }

  async function copy(button) {
    await navigator.clipboard.writeText(button.dataset.command);
    button.classList.add("is-copied");
    setTimeout(() => button.classList.remove("is-copied"), COPIED_MS);
  }

  const pressed = {
    details: (press) => set("runs-opened", { data: press }),
    cancel: (press) => set("runs-act", { data: press }),
    retry: (press) => set("runs-act", { data: press }),
    copy: (press, button) => copy(button),
    more: (press, button) => {
      const lists = Array.from(document.querySelectorAll(".runs-rows"), (list) => list.children.length);
      const rows = Math.max(0, ...lists) + MORE_ROWS;
      set("runs-n-shown", { data: rows });
      window.atlas.rememberQuery({ rows });
    },
    delete: (press) => {
      set("runs-modal-key", { data: press });
      set("runs-modal", { opened: true });
    },
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-run]");
    if (!button) return;
    const key = button.closest("[data-run-key]")?.dataset.runKey;
    pressed[button.dataset.run]({ action: button.dataset.run, key, at: Date.now() }, button);
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { runs: { changed: ask, answered } });
})();

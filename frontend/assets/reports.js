/* Reports in the browser: which view is added, the order of views, which question is open. */
window.dash_clientside = window.dash_clientside || {};
(function () {
  "use strict";
  const none = () => window.dash_clientside.no_update;
  const triggered = () => window.dash_clientside.callback_context.triggered[0];

  /* The view that is shown, as its address says it now; the form opens at once, its title gets better in a moment. */
  function ask(clicks) {
    if (!clicks) return Array(6).fill(none());
    const address = location.pathname + location.search;
    const title = document.title.replace(/ · Lingua Atlas$/, "");
    return [{ address, at: Date.now() }, true, title, "", "", ""];
  }

  /* One view up or down, or out: here at once, stored in a moment. */
  function move(clicks, children) {
    const cause = triggered();
    if (!cause || !cause.value) return [none(), none()];
    const id = JSON.parse(cause.prop_id.slice(0, cause.prop_id.lastIndexOf(".")));
    const names = children.map((child) => child.props.id && child.props.id.item);
    const from = names.indexOf(id.item), to = from + id.by;
    if (from < 0 || to < 0 || to >= children.length) return [none(), none()];
    const moved = [...children];
    const [one] = moved.splice(from, 1);
    if (id.by) moved.splice(to, 0, one);
    const ids = moved.map((child) => child.props.id.item);
    const next = id.by ? id : { ...id, item: ids[Math.min(from, ids.length - 1)] };
    if (next.item) setTimeout(() => focus(next), 60);
    return [moved, { ids, removed: id.by ? null : id.item, at: Date.now() }];
  }

  /* The button that was pressed keeps the focus, wherever it went; after a removal that of the next view. */
  function focus({ by, item, type }) {
    document.getElementById(JSON.stringify({ by, item, type }))?.focus();
  }

  window.dash_clientside.reports = {
    ask,
    move,
    close: (clicks) => (clicks ? false : none()),
    names_new: (report) => ({ display: report === "+" ? "" : "none" }),
    question: (asks) => (triggered()?.value ? triggered().prop_id.startsWith("reports-delete.") : none()),
  };
})();

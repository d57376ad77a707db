/* Opens `This view` at once, with a place for what the server tells of it (frontend/view_menu.py). */
window.dash_clientside = window.dash_clientside || {};
(function () {
  "use strict";
  const bar = (width) => ({ namespace: "dash_html_components", type: "Div", props: { className: "view-skeleton", style: { width } } });

  function open(clicks) {
    const none = window.dash_clientside.no_update;
    if (!clicks) return [none, none, none];
    const asked = { address: location.pathname + location.search, origin: location.origin, at: Date.now() };
    return [true, asked, ["60%", "85%", "85%", "40%", "70%"].map(bar)];
  }

  window.dash_clientside.view_menu = { open };
})();

/* The Tasks page: a file goes from the browser to the API itself, which checks every line of it.
   Clientside functions: tasks.upload(clicks, title, form, language), tasks.pick(click, options). */
(function () {
  "use strict";
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const BEGINNING = 150; // of an item, above the job bar
  const note = (text) => set("tasks-file-note", { children: text });

  async function send(file, title, form, language) {
    note(`Sending ${file.name}…`);
    try {
      const query = new URLSearchParams({ title: title || file.name.replace(/\.jsonl?$/i, ""), form, language });
      const answer = await fetch(`/api/tasks?${query}`, {
        method: "POST",
        headers: { "Content-Type": "application/jsonl" },
        body: file,
      });
      const told = await answer.json();
      if (!answer.ok) {
        note(`${told.detail ?? "The file was refused."} ${told.hint ?? ""}`.trim());
        return;
      }
      note(`${told.title}: ${told.n_items} items.`);
      set("tasks-added", { data: told.file });
    } catch (error) {
      note(`The file could not be sent: ${error.message}`);
    }
  }

  /* A bar was clicked: its task, whose items then stand below. Bars of one task stand around its number. */
  function pick(click, options) {
    const place = Math.round(click?.points?.[0]?.x ?? -1);
    const task = options?.[place]?.value;
    if (!task) return window.dash_clientside.no_update;
    // Only until the first item begins: the bars stay in view for the next click.
    const below = document.getElementById("tasks-items-list").getBoundingClientRect().top + BEGINNING - window.innerHeight;
    if (below > 0) window.scrollBy({ top: below });
    return task;
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    tasks: {
      pick,
      upload: (clicks, title, form, language) => {
        if (clicks && !language) {
          note("Give the code of its language first, for example es.");
        } else if (clicks) {
          const input = document.createElement("input");
          input.type = "file";
          input.accept = ".jsonl,.json,application/json";
          input.addEventListener("change", () => input.files[0] && send(input.files[0], title, form, language));
          input.click();
        }
        return window.dash_clientside.no_update;
      },
    },
  });
})();

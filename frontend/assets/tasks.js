/* The Tasks page: a file goes from the browser to the API itself, which checks every line of it.
   Clientside function: tasks.upload(clicks, title, form, language). */
(function () {
  "use strict";
  const set = (id, props) => window.dash_clientside.set_props(id, props);
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

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    tasks: {
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

/* The Combine page: a preview is asked for once the list rests, and files go straight to the API.
   Clientside functions: combine.ask(parts), combine.upload(clicks). */
(function () {
  "use strict";
  const REST_MS = 350;
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  let resting = null;

  let asked = null; // the file whose lists may mean two things

  async function send(file, form) {
    asked = null;
    set("combine-file-which", { hidden: true });
    set("combine-file-note", { children: `Sending ${file.name}…` });
    try {
      const answer = await fetch(`/api/imports${form ? `?form=${form}` : ""}`, {
        method: "POST",
        headers: { "Content-Type": "application/octet-stream" },
        body: file,
      });
      const told = await answer.json();
      if (told.code === "ambiguous_import") {
        asked = file;
        set("combine-file-note", { children: `${file.name}: ${told.detail}` });
        set("combine-file-which", { hidden: false });
        return;
      }
      if (!answer.ok) {
        set("combine-file-note", { children: `${told.detail ?? "The file was refused."} ${told.hint ?? ""}`.trim() });
        return;
      }
      const name = file.name.replace(/\.(safetensors|json)$/i, "");
      set("combine-file-note", { children: `${file.name} is in the list; it is read when the region is computed.` });
      set("combine-uploaded", { data: { file: told.sha256, name, at: Date.now() } });
    } catch (error) {
      set("combine-file-note", { children: `The file could not be sent: ${error.message}` });
    }
  }

  document.addEventListener("click", (event) => {
    const answer = event.target.closest("[data-import-form]");
    if (answer && asked) send(asked, answer.dataset.importForm);
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    combine: {
      ask: (parts) => {
        clearTimeout(resting);
        resting = setTimeout(() => set("combine-ask", { data: parts }), REST_MS);
        return String(Date.now());
      },
      upload: (clicks) => {
        if (clicks) {
          const input = document.createElement("input");
          input.type = "file";
          input.accept = ".safetensors,.json,application/json";
          input.addEventListener("change", () => input.files[0] && send(input.files[0]));
          input.click();
        }
        return window.dash_clientside.no_update;
      },
    },
  });
})();

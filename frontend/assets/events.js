/* Live events of the atlas: one stream per tab, told to the page through stores.
 *
 *   window.atlas.follow(key, {onState, onTokens, onEnd}) -> stop()
 *       follow one job; tokens come with `offset`, so a replay repeats nothing for a careful listener
 *   stores shell-events (every state event), shell-changed (new states, the latest every half second),
 *       shell-ended (a job ended)
 *   elements with data-job-bar="KEY" (dmc.Progress with an id) and data-job-text="KEY" (with an id) move along
 *
 * The stream is /api/events, or the job's own while one is followed. While it is down, and once whenever
 * it comes back (server restarted, laptop slept, tab was hidden), the job list is read and compared instead; so it is
 * while a job runs and nothing is heard: nothing that ended in between is missed.
 */
(function () {
    "use strict";
    const POLL_MS = 2000, PROGRESS_MS = 400, HIDDEN_MS = 20000, SILENT_MS = 45000, STALLED_MS = 4000;
    const CHANGED_MS = 500; // a table is dozens of jobs: the page redraws itself at most so often
    const known = new Map();      // key -> last state
    const follows = new Map();    // key -> Set of listeners
    const changes = [];           // state changes not told to the page yet
    const progress = new Map();   // key -> progress not told yet
    let stream = null, streamKey = null, connected = null, synced = false;
    let lastHeard = 0, progressTimer = null, hiddenTimer = null, telling = false;
    let latestChange = null, changedTimer = null;

    const set = (id, props) => window.dash_clientside && window.dash_clientside.set_props(id, props);
    const ended = (state) => ["done", "failed", "cancelled"].includes(state);
    const idOf = (element) => element.id.startsWith("{") ? JSON.parse(element.id) : element.id;

    function duration(seconds) {
        const s = Math.round(seconds);
        if (s < 1) return "under 1 s";
        if (s < 60) return `${s} s`;
        if (s < 3600) return s < 600 && s % 60 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${Math.floor(s / 60)} min`;
        return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
    }

    function progressText(p) {
        const parts = [p.phase, p.note];
        if (p.total) parts.push(`${p.done.toLocaleString("en")} of ${p.total.toLocaleString("en")} ${p.unit}`.trim());
        if (p.eta_seconds != null) parts.push(`${duration(p.eta_seconds).replace(/^(?!under)/, "about ")} left`);
        return parts.filter(Boolean).join(" · ");
    }

    function paint(event) {
        if (event.state !== "running" || !event.progress) return;
        const p = event.progress, value = p.total ? Math.round(1000 * p.done / p.total) / 10 : 100;
        document.querySelectorAll(`[data-job-bar="${event.key}"]`).forEach((element) => {
            if (element.id) set(idOf(element), {value: value, animated: !p.total, striped: !p.total});
        });
        document.querySelectorAll(`[data-job-text="${event.key}"]`).forEach((element) => {
            if (element.id) set(idOf(element), {children: progressText(p)});
        });
    }

    /* shell-changed says that something changed: at once, then the latest of whatever follows within CHANGED_MS. */
    function tellChanged(event) {
        latestChange = event;
        if (changedTimer) return;
        const tell = () => {
            changedTimer = null;
            if (!latestChange) return;
            set("shell-changed", {data: latestChange});
            latestChange = null;
            changedTimer = setTimeout(tell, CHANGED_MS);
        };
        tell();
    }

    /* A store holds one value: ends are told one after the other, never over each other. */
    function tellChanges() {
        const event = changes.shift();
        telling = Boolean(event);
        if (!event) return;
        set("shell-events", {data: event});
        tellChanged(event);
        if (ended(event.state)) set("shell-ended", {data: event});
        setTimeout(tellChanges, 60);
    }

    /* Progress is painted and told to the page every PROGRESS_MS, the latest of each job. */
    function tellProgress(event) {
        progress.set(event.key, event);
        if (progressTimer) return;
        progressTimer = setTimeout(() => {
            progressTimer = null;
            const latest = Array.from(progress.values());
            progress.clear();
            latest.filter((one) => known.get(one.key) === "running").forEach((one) => {
                paint(one);
                if (!telling) set("shell-events", {data: one});
            });
        }, PROGRESS_MS);
    }

    function onState(event) {
        const before = known.get(event.key);
        known.set(event.key, event.state);
        (follows.get(event.key) || []).forEach((listener) => listener.onState && listener.onState(event));
        if (before === event.state) {
            if (event.state === "running") tellProgress(event);
            return;
        }
        changes.push(event);
        if (!telling) tellChanges();
        if (ended(event.state)) finish(event);
    }

    function finish(event) {
        const listeners = follows.get(event.key);
        if (!listeners) return;
        follows.delete(event.key);
        listeners.forEach((listener) => listener.onEnd && listener.onEnd(event));
        if (streamKey === event.key) open();
    }

    function onTokens(event) {
        (follows.get(event.key) || []).forEach((listener) => listener.onTokens && listener.onTokens(event));
    }

    function receive(data) {
        lastHeard = Date.now();
        let event;
        try { event = JSON.parse(data); } catch (error) { return; }
        if (event.event === "tokens") onTokens(event);
        else if (event.event === "state") onState(event);
    }

    /* What the page shows as under way may have ended before the stream was open. */
    const isAwaited = (job) =>
        follows.has(job.key) || (ended(job.state) && document.querySelector(`[data-job-text="${job.key}"]`));

    async function sync() {
        let jobs;
        try {
            const answer = await fetch("/api/jobs", {headers: {accept: "application/json"}});
            if (!answer.ok) return;
            jobs = (await answer.json()).jobs;
        } catch (error) { return; }
        const first = !synced;
        synced = true;
        for (const job of jobs.slice().reverse()) {
            if (first && !isAwaited(job)) { known.set(job.key, job.state); continue; }
            onState({event: "state", key: job.key, state: job.state, progress: job.progress, problem: job.problem});
        }
    }

    function showStream(text) {
        const element = document.getElementById("shell-stream");
        if (element) { element.textContent = text; element.classList.toggle("is-down", Boolean(text)); }
    }

    function setConnected(now) {
        if (connected === now) return;
        connected = now;
        set("shell-tick", {disabled: now});
        showStream(now ? "" : "reconnecting");
    }

    function close() {
        if (stream) stream.close();
        stream = null;
        streamKey = null;
    }

    function open() {
        close();
        if (document.hidden && hiddenTimer === "closed") return;
        streamKey = Array.from(follows.keys()).pop() || null;
        const source = new EventSource(streamKey ? `/api/jobs/${streamKey}/events` : "/api/events");
        stream = source;
        source.onopen = () => { lastHeard = Date.now(); setConnected(true); sync(); };
        source.onmessage = (message) => receive(message.data);
        for (const name of ["state", "tokens"]) source.addEventListener(name, (message) => receive(message.data));
        source.addEventListener("end", (message) => {
            receive(message.data);
            if (stream !== source) return;
            follows.delete(streamKey);
            open();
        });
        source.onerror = () => {
            if (stream !== source) return;
            setConnected(false);
            // The browser tries again by itself unless the answer was an error: then we do.
            if (source.readyState === EventSource.CLOSED) { close(); }
        };
    }

    function follow(key, listener) {
        if (!follows.has(key)) follows.set(key, new Set());
        follows.get(key).add(listener);
        open();
        return () => {
            const listeners = follows.get(key);
            if (!listeners) return;
            listeners.delete(listener);
            if (!listeners.size) { follows.delete(key); if (streamKey === key) open(); }
        };
    }

    /* Six streams per browser are all that HTTP/1.1 allows: a tab that nobody sees gives its own back. */
    document.addEventListener("visibilitychange", () => {
        if (document.hidden) {
            hiddenTimer = setTimeout(() => { hiddenTimer = "closed"; close(); setConnected(false); }, HIDDEN_MS);
        } else {
            if (hiddenTimer !== "closed") clearTimeout(hiddenTimer);
            const wasClosed = hiddenTimer === "closed";
            hiddenTimer = null;
            if (wasClosed || Date.now() - lastHeard > SILENT_MS) open(); else sync();
        }
    });
    window.addEventListener("online", () => open());
    window.addEventListener("pagehide", close);
    window.addEventListener("pageshow", (event) => { if (event.persisted) open(); });

    setInterval(() => {
        if (document.hidden) return;
        if (!stream && hiddenTimer !== "closed") open();
        // What runs tells its progress: silence while something does may be a stream that has stalled.
        const isBusy = Array.from(known.values()).some((state) => !ended(state));
        if (!connected || streamKey || (isBusy && Date.now() - lastHeard > STALLED_MS)) sync();
    }, POLL_MS);

    function rememberQuery(state) {
        const query = new URLSearchParams(window.location.search);
        for (const [name, value] of Object.entries(state || {})) {
            const told = Array.isArray(value) ? value.join(",") : String(value ?? "");
            if (told === "") query.delete(name);
            else query.set(name, told);
        }
        const text = query.toString().replaceAll("%2C", ",");
        window.history.replaceState(window.history.state, "", window.location.pathname + (text ? `?${text}` : ""));
    }

    /* <time class="atlas-time" datetime="..."> reads in the local time of the reader. */
    function localTime(element) {
        const time = new Date(element.dateTime), text = element.firstChild;
        if (!text || isNaN(time)) return;
        const clock = time.toLocaleTimeString([], {hour: "2-digit", minute: "2-digit"});
        const today = time.toDateString() === new Date().toDateString();
        const shown = today ? clock : `${time.toLocaleDateString([], {day: "numeric", month: "short"})} ${clock}`;
        if (text.nodeValue !== shown) text.nodeValue = shown;
        element.title = time.toLocaleString();
    }
    let timesDue = false;
    new MutationObserver(() => {
        if (timesDue) return;
        timesDue = true;
        requestAnimationFrame(() => { timesDue = false; document.querySelectorAll("time.atlas-time").forEach(localTime); });
    }).observe(document.documentElement, {childList: true, subtree: true, attributes: true, attributeFilter: ["datetime"]});

    window.atlas = Object.assign(window.atlas || {}, {follow, sync, rememberQuery, progressText, duration});

    /* The toggle says `light` until it is used; what the system chose stands on <html>, a moment later. */
    const scheme = () => document.documentElement.dataset.mantineColorScheme;
    new MutationObserver(() => set("shell-scheme", {data: scheme()}))
        .observe(document.documentElement, {attributeFilter: ["data-mantine-color-scheme"]});

    const none = () => window.dash_clientside.no_update;
    window.dash_clientside = window.dash_clientside || {};
    window.dash_clientside.shell = {
        scheme: (computed) => scheme() || computed || none(),
        remember: (state) => { rememberQuery(state); return none(); },
        connect: () => { if (!stream && !document.hidden) open(); return none(); },
        switch_model: (model, chosen) => {
            const field = document.getElementById("shell-model-select");
            if (field) field.title = model || ""; // a narrow header cuts the name
            const isFirst = Boolean(document.querySelector("[data-no-model]")); // the page waits for any model
            if (!model || (model === chosen && !isFirst)) return none();
            const here = new URLSearchParams(window.location.search).get("model");
            if (here !== model) {
                const query = new URLSearchParams(isFirst ? window.location.search : "");
                query.set("model", model);
                window.history.pushState({}, "", `${window.location.pathname}?${query}`);
                window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
            }
            return model;
        },
        mark_navigation: (pathname) => {
            document.querySelector(".first")?.remove(); // the shell stands in its place now (first_paint.py)
            const heads = JSON.parse(document.querySelector(".atlas-nav")?.dataset.heads ?? "{}");
            const member = heads[pathname];
            document.querySelectorAll(".atlas-nav-link").forEach((element) => {
                const current = element.getAttribute("href") === (member?.head ?? pathname);
                if (current) element.setAttribute("aria-current", "page");
                else element.removeAttribute("aria-current");
            });
            const shown = document.querySelector(".atlas-nav-link[aria-current] .atlas-nav-label");
            const name = member?.name ?? shown?.textContent;
            document.title = name && pathname !== "/" ? `${name} · Lingua Atlas` : "Lingua Atlas";
            return pathname;
        },
    };
})();

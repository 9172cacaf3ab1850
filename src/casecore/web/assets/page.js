// What a page does besides what htmx does: clocks count down, what is being typed is kept, live parts pause.
"use strict";
(() => {
  const main = () => document.getElementById("main");

  // A form that somebody has touched is left as it is while what is around it changes.
  addEventListener("input", (event) => event.target.closest("#main form")?.setAttribute("hx-morph-skip", ""));
  addEventListener("toggle", (event) => {
    if (event.target.matches?.("#main details")) {
      event.target.toggleAttribute("hx-morph-skip", event.target.open);
    }
  }, true);

  // A file that is chosen is read into its text field: what is sent is the text, which one sees first.
  addEventListener("change", (event) => {
    const into = document.getElementById(event.target.dataset?.into ?? "");
    event.target.files?.[0]?.text().then((text) => { if (into) into.value = text; });
  });
  addEventListener("DOMContentLoaded", () => {
    for (const file of document.querySelectorAll("[data-into]")) file.closest("[hidden]")?.removeAttribute("hidden");
  });

  // A clock that runs counts down from what the server said, by this browser's own time since then, and only
  // in the opening hours that the server named. Where these begin or end, or it falls due, the page asks again.
  const arrived = new WeakMap();
  const text = (seconds) => {
    const whole = Math.floor(Math.abs(seconds)), sign = seconds < 0 && whole ? "−" : "";
    const parts = [[Math.floor(whole / 3600), "h"], [Math.floor(whole / 60) % 60, "min"], [whole % 60, "s"]];
    const first = parts.findIndex(([number]) => number);
    const shown = parts.slice(first).slice(0, 2).filter(([number]) => number);
    return sign + (first < 0 ? "0 s" : shown.map((part) => part.join(" ")).join(" "));
  };
  const counted = (windows, passed) => {
    let seconds = 0, open = false;
    for (let at = 0; at + 1 < windows.length; at += 2) {
      const begin = Math.max(windows[at], 0);
      seconds += Math.max(0, Math.min(windows[at + 1], passed) - begin);
      open ||= begin <= passed && passed < windows[at + 1];
    }
    return { seconds, open };
  };
  const tick = () => {
    let turned = false;
    for (const chip of document.querySelectorAll("[data-windows]")) {
      const left = chip.querySelector(".left"), { now, windows } = chip.dataset;
      if (!left) continue;
      if (arrived.get(chip)?.now !== now) {
        arrived.set(chip, { now, at: performance.now(), windows: windows ? windows.split(" ").map(Number) : [] });
      }
      const since = arrived.get(chip), late = chip.classList.contains("late");
      const { seconds, open } = counted(since.windows, (performance.now() - since.at) / 1000);
      const remaining = chip.dataset.left - seconds;
      left.textContent = text(late ? -remaining : remaining);
      const turns = open === chip.classList.contains("still") || (!late && remaining < 0);
      if (turns && !since.asked) turned = since.asked = true;
    }
    if (turned) setTimeout(() => again(), 500 + 2500 * Math.random()); // not all pages at closing time
  };
  setInterval(() => document.hidden || tick(), 1000);

  // Live parts can be paused (WCAG 2.2.2): then what has changed waits.
  const pause = () => document.getElementById("pause");
  let paused = false, missed = false, isQuiet = false;
  const show = () => {
    const quiet = document.getElementById("quiet"), button = pause();
    if (quiet) quiet.hidden = !isQuiet;
    if (!button) return;
    button.hidden = false;
    button.setAttribute("aria-pressed", String(paused));
    button.textContent = paused ? button.dataset.off : button.dataset.on;
  };
  addEventListener("click", (event) => {
    if (event.target.id !== "pause") return;
    paused = !paused;
    show();
    if (!paused && missed) {
      missed = false;
      again();
    }
  });
  // A page that asks again by itself does not while nobody can see it.
  const polls = () => !document.getElementById("live");
  addEventListener("visibilitychange", () => {
    if (document.hidden || paused || !missed || !polls()) return;
    missed = false;
    again();
  });
  addEventListener("htmx:before:request", (event) => {
    if ((paused || (document.hidden && polls())) && event.target === main()) {
      missed = true;
      event.preventDefault();
    }
  });
  // What the page was told goes with its question: pages that were told the same are made once.
  let told = "";
  addEventListener("changed", (event) => { told = event.detail?.data ?? ""; }, true);
  addEventListener("htmx:config:request", (event) => {
    if (event.target === main() && told) event.detail.ctx.request.headers["Casecore-Told"] = told;
  });
  // What could not be asked is asked again: after a cut the page catches up by itself.
  const again = () => (document.getElementById("live") ?? main())?.dispatchEvent(new Event("changed"));
  addEventListener("htmx:error", (event) => { if (event.target === main() && !polls()) setTimeout(again, 2000); });
  addEventListener("online", again);
  // A page that is told of nothing says so; one whose login has ended is loaded again, by the login.
  const isLive = (event) => event.target.id === "live";
  const tellQuiet = (is) => { isQuiet = is; show(); };
  addEventListener("htmx:before:response", (event) => {
    const { redirected, url } = event.detail.ctx.response.raw;
    if (!redirected || new URL(url).pathname !== "/login") return;
    event.preventDefault();
    location.reload();
  });
  // A stream that was there once htmx connects again. One that never was it leaves: that is tried again here,
  // after pauses that grow, and at once when the browser is online again or somebody looks at the page.
  const SHORTEST_PAUSE = 1000, LONGEST_PAUSE = 60_000;
  let nextPause = SHORTEST_PAUSE, waiting = 0;
  const connect = () => {
    clearTimeout(waiting);
    if (!document.hidden) document.getElementById("live")?.dispatchEvent(new Event("connect"));
  };
  const notConnected = (status) => {
    if (status === 401) return location.reload();
    tellQuiet(true);
    clearTimeout(waiting);
    waiting = setTimeout(connect, nextPause * (0.7 + 0.6 * Math.random())); // not all pages at the same time
    nextPause = Math.min(2 * nextPause, LONGEST_PAUSE);
  };
  const connectNow = () => { if (waiting) connect(); };
  addEventListener("online", connectNow);
  addEventListener("visibilitychange", connectNow);
  addEventListener("htmx:response:error", (event) => {
    if (isLive(event)) notConnected(event.detail.ctx.response.status);
  });
  addEventListener("htmx:error", (event) => { if (isLive(event)) notConnected(0); });
  addEventListener("htmx:sse:error", (event) => {
    if (event.detail.status === 401) location.reload(); else tellQuiet(true);
  });
  addEventListener("htmx:sse:after:connection", () => {
    tellQuiet(false);
    if (!waiting) return;
    clearTimeout(waiting);
    waiting = 0;
    nextPause = SHORTEST_PAUSE;
    again(); // what came before it was there
  });
  addEventListener("htmx:after:swap", () => { show(); tick(); });
  addEventListener("DOMContentLoaded", show);
})();

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

  // A clock that runs counts down from what the server said, by this browser's own time since then.
  const arrived = new WeakMap();
  const text = (seconds) => {
    const whole = Math.floor(Math.abs(seconds)), sign = seconds < 0 && whole ? "−" : "";
    const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
    if (hours) return `${sign}${hours} h ${String(minutes).padStart(2, "0")} min`;
    return minutes ? `${sign}${minutes} min ${String(whole % 60).padStart(2, "0")} s` : `${sign}${whole} s`;
  };
  const tick = () => {
    for (const chip of document.querySelectorAll("[data-remaining]")) {
      const left = chip.querySelector(".left"), said = `${chip.dataset.now} ${chip.dataset.remaining}`;
      if (!left) continue;
      if (arrived.get(chip)?.said !== said) arrived.set(chip, { said, at: performance.now() });
      const seconds = chip.dataset.remaining - (performance.now() - arrived.get(chip).at) / 1000;
      left.textContent = text(chip.classList.contains("late") ? -seconds : seconds);
    }
  };
  setInterval(() => document.hidden || tick(), 1000);

  // Live parts can be paused (WCAG 2.2.2): then what has changed waits.
  const pause = () => document.getElementById("pause");
  let paused = false, missed = false;
  const show = () => {
    const button = pause();
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
  // What could not be asked is asked again: after a cut the page catches up by itself.
  const again = () => (document.getElementById("live") ?? main())?.dispatchEvent(new Event("changed"));
  addEventListener("htmx:error", (event) => { if (event.target === main() && !polls()) setTimeout(again, 2000); });
  addEventListener("online", again);
  addEventListener("htmx:after:swap", () => { show(); tick(); });
  addEventListener("DOMContentLoaded", show);
})();

// On a wall screen one picture follows the other, unless that is paused.
"use strict";
setInterval(() => {
  const next = document.querySelector("[data-next]")?.dataset.next;
  const paused = document.getElementById("pause")?.getAttribute("aria-pressed") === "true";
  if (next && !paused && !document.hidden) location.assign(next);
}, 20_000);

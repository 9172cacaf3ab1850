// Whoever drags over a picture chooses days: the same page of these days alone is opened, and its address says
// which, so that it can be sent to somebody. With the keyboard it is arrows, Shift and arrows, and Enter.
"use strict";
(() => {
  const NEAR = 6; // pixels: a mouse that moves no further has clicked on what is there
  const NEXT = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

  const zoomed = (svg) => {
    const days = svg.dataset.days.split(" ").map((one) => one.split("/"));
    const left = Number(svg.dataset.left), step = (svg.dataset.right - left) / days.length;
    const said = document.getElementById("said");
    const words = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeZone: "UTC" });
    let area = null, begun = null, at = null, dragged = false;

    const inside = (place) => Math.min(Math.max(place, 0), days.length - 1);
    const placeOf = (event) => {
      const { a, e } = svg.getScreenCTM();
      return inside(Math.floor(((event.clientX - e) / a - left) / step));
    };
    const chosen = () => {
      const [first, last] = begun < at ? [begun, at] : [at, begun];
      return { first, last, since: days[first][0], until: days[last][1] };
    };
    const show = () => {
      const { first, last, since, until } = chosen();
      if (!area) {
        area = document.createElementNS(svg.namespaceURI, "rect");
        area.setAttribute("class", "chosen");
        area.setAttribute("height", svg.viewBox.baseVal.height);
        svg.append(area);
      }
      area.setAttribute("x", left + first * step);
      area.setAttribute("width", (last - first + 1) * step);
      const text = words.formatRange(new Date(since), new Date(until));
      if (said.textContent !== text) said.textContent = text;
    };
    const leave = () => {
      area?.remove();
      area = begun = at = null;
    };
    const open = () => {
      const { since, until } = chosen(), url = new URL(location.href);
      url.searchParams.set("since", since);
      url.searchParams.set("until", until);
      location.assign(url);
    };

    svg.addEventListener("pointerdown", (event) => {
      if (event.button || !event.isPrimary) return;
      dragged = false;
      const from = event.clientX, place = placeOf(event);
      const move = (moved) => {
        const was = dragged;
        if (was ? begun === null : Math.abs(moved.clientX - from) < NEAR) return; // left by Escape; a click yet
        if (!was) svg.setPointerCapture(event.pointerId);
        dragged = true;
        [begun, at] = [place, placeOf(moved)];
        show();
      };
      const end = (ended) => {
        svg.removeEventListener("pointermove", move);
        svg.removeEventListener("pointerup", end);
        svg.removeEventListener("pointercancel", end);
        if (dragged && begun !== null && ended.type === "pointerup") open(); else leave();
      };
      svg.addEventListener("pointermove", move);
      svg.addEventListener("pointerup", end);
      svg.addEventListener("pointercancel", end);
    });
    svg.addEventListener("dragstart", (event) => event.preventDefault()); // links can be dragged, too
    svg.addEventListener("click", (event) => {
      if (!dragged) return;
      dragged = false;
      event.preventDefault();
    }, true);

    svg.tabIndex = 0;
    svg.setAttribute("aria-describedby", "zoom-how");
    addEventListener("keydown", (event) => { if (event.key === "Escape" && at !== null) leave(); });
    svg.addEventListener("keydown", (event) => {
      if (event.target !== svg) return;
      if (event.key === "Enter" && at !== null) {
        open();
      } else if (event.key in NEXT) {
        at = inside(at === null ? days.length - 1 : at + NEXT[event.key]);
        if (!event.shiftKey || begun === null) begun = at;
        show();
      } else {
        return;
      }
      event.preventDefault();
    });
    svg.addEventListener("blur", leave);
  };

  addEventListener("DOMContentLoaded", () => {
    const pictures = document.querySelectorAll("svg[data-days]");
    pictures.forEach(zoomed);
    if (pictures.length) document.getElementById("zoom-how").hidden = false;
  });
})();

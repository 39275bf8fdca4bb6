// What pages can't do by themselves: look for news politely, and try again when the connection is lost.
// Every page works without this file.
(() => {
  "use strict";
  const EVERY = 20; // seconds
  const AGAIN = 3;

  const note = (id, shown) => {
    const found = document.getElementById(id);
    if (found && found.hidden === shown) found.hidden = !shown;
  };

  // A region with data-poll="/address" is fetched anew every data-every seconds while somebody can see it, and morphed,
  // so that open details stay open. It is left alone while it holds the focus. An answer without data-poll ends it.
  const polled = () => [...document.querySelectorAll("[data-poll]")];
  const due = new WeakMap();

  const look = () => {
    if (document.hidden) return;
    for (const region of polled()) {
      const every = Number(region.dataset.every || EVERY) * 1000;
      if (!due.has(region)) due.set(region, performance.now() + every);
      if (performance.now() < due.get(region) || region.contains(document.activeElement)) continue;
      due.set(region, performance.now() + every);
      htmx.ajax("GET", region.dataset.poll, {
        source: region, target: region, swap: "outerMorph", headers: {"Desk-Poll": "true"},
      });
    }
  };

  // A form with data-steady is sent until it arrives, with the same key each time: it is done once.
  const again = new WeakMap();

  const isPoll = (context) => context?.request?.headers?.["Desk-Poll"] === "true";

  document.addEventListener("htmx:before:swap", (event) => {
    const context = event.detail.ctx;
    if (!isPoll(context)) return;
    // Somebody may have begun to type while the answer was on its way; a fault is no news.
    const busy = context.sourceElement.contains(document.activeElement);
    const failed = context.response.status >= 400;
    if (busy || failed) event.preventDefault();
    note("stale", failed);
  });

  document.addEventListener("htmx:after:request", (event) => {
    if (isPoll(event.detail.ctx)) return;
    note("connection", false);
    note("stale", false);
  });

  document.addEventListener("htmx:error", (event) => {
    const context = event.detail.ctx;
    if (isPoll(context)) {
      note("stale", true);
      return;
    }
    if (!context || context.response) return;
    const form = context.sourceElement;
    if (!form.matches?.("form[data-steady]")) {
      note("stale", true); // a field that only asks what would follow
      return;
    }
    note("connection", true);
    const button = context.sourceEvent?.submitter;
    const send = () => form.isConnected && form.requestSubmit(button?.isConnected ? button : null);
    clearTimeout(again.get(form));
    again.set(form, setTimeout(send, AGAIN * 1000));
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const opened = document.activeElement?.closest("details[open]");
    if (!opened) return;
    opened.open = false;
    opened.querySelector("summary").focus();
  });

  // What a page says when it opens is in its status region already, and screen readers only speak what changes there.
  const status = document.getElementById("status");
  if (status?.firstChild) {
    const said = [...status.childNodes];
    status.replaceChildren();
    setTimeout(() => status.replaceChildren(...said), 100);
  }

  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
})();

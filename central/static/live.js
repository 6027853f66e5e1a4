// Keeps a page as fresh as the server: it is nudged over an event stream, asks for the page again and swaps what changed.
// Nothing is swapped while something is selected or focused inside it; a cut line is said, never hidden.
"use strict";

(() => {
  const TARGET = "#live";
  const cut = document.getElementById("cut");
  const behind = document.getElementById("behind");
  let busy = false;
  let stale = false;

  const reading = () => {
    const live = document.querySelector(TARGET);
    const chosen = getSelection();
    return live.contains(document.activeElement) || (!chosen.isCollapsed && live.contains(chosen.anchorNode));
  };

  const swapOwn = async () => {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (answer.redirected || !answer.ok) {
      location.reload();
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector(TARGET).replaceWith(page.querySelector(TARGET));
  };

  const swapHtmx = () => htmx.ajax("GET", location.href, { target: TARGET, select: TARGET, swap: "outerMorph" });

  const held = () => document.hidden || reading();

  const refresh = async () => {
    stale = true;
    if (busy) return;
    busy = true;
    try {
      while (stale && !held()) {
        stale = false;
        await (window.htmx ? swapHtmx() : swapOwn());
      }
    } catch {
      stale = true; // the line is cut: the stream notices, and begins again with the version there is
    } finally {
      busy = false;
      behind.hidden = !stale;
    }
  };

  const later = () => stale && refresh();
  document.addEventListener("visibilitychange", later);
  document.addEventListener("selectionchange", later);
  document.addEventListener("focusout", () => setTimeout(later));

  const stream = new EventSource("/events");
  stream.addEventListener("changed", refresh);
  stream.addEventListener("version", (event) => {
    cut.hidden = true;
    if (event.data !== document.querySelector(TARGET).dataset.version) refresh();
  });
  stream.addEventListener("error", () => {
    cut.hidden = false;
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 15000);
  });
  addEventListener("pagehide", () => stream.close());
})();

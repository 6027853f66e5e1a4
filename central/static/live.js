// Keeps a page as fresh as the server: it is nudged over an event stream, asks for the page again and swaps what changed.
// Nothing is swapped while something is selected or focused inside it; a cut line is said, never hidden.
"use strict";

(() => {
  const TARGET = "#live";
  const cut = document.getElementById("cut");
  let pending = false;
  let busy = false;

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
    document.querySelector(TARGET).replaceChildren(...page.querySelector(TARGET).childNodes);
  };

  const swapHtmx = () => htmx.ajax("GET", location.href, { target: TARGET, select: TARGET, swap: "outerMorph" });

  const refresh = async () => {
    if (busy || document.hidden || reading()) {
      pending = true;
      return;
    }
    busy = true;
    pending = false;
    try {
      await (window.htmx ? swapHtmx() : swapOwn());
    } catch {
      pending = true;
    } finally {
      busy = false;
    }
  };

  const later = () => pending && refresh();
  document.addEventListener("visibilitychange", later);
  document.addEventListener("selectionchange", later);
  document.addEventListener("focusout", () => setTimeout(later));

  const stream = new EventSource("/events");
  stream.addEventListener("changed", refresh);
  stream.addEventListener("open", () => {
    if (!cut.hidden) {
      cut.hidden = true;
      refresh();
    }
  });
  stream.addEventListener("error", () => {
    cut.hidden = false;
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 15000);
  });
  addEventListener("pagehide", () => stream.close());
})();

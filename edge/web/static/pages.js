// Spares people waiting and typing again; every page works without it.
//
//   [data-clock]   a clock that goes on
//   [data-live]    drawn again when the node says something changed, unless someone is busy in it
//   [data-draft]   what was typed survives a time-out or a closed page, in this tab only; never a password

const arrived = performance.now();
const clocks = document.querySelectorAll("[data-clock]");
setInterval(() => {
  for (const clock of clocks) {
    const local = new Date(Number(clock.dataset.clock) + performance.now() - arrived + 8 * 3600e3);
    clock.textContent = local.toISOString().slice(11, 16);
  }
}, 5000);

function busy(region) {
  return region.contains(document.activeElement) || region.querySelector("details[open]") !== null;
}

async function draw(region) {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return location.reload();
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(region.id);
  if (fresh && fresh.textContent !== region.textContent) region.replaceChildren(...fresh.childNodes);
}

function offer(region) {
  if (region.querySelector(".news")) return;
  const news = document.createElement("button");
  news.className = "news";
  news.textContent = region.dataset.news;
  news.addEventListener("click", () => draw(region));
  region.prepend(news);
}

const live = document.querySelector("[data-live]");
if (live) {
  let first = true;
  const events = new EventSource("/live");
  events.addEventListener("changed", () => {
    if (first) first = false;
    else if (busy(live)) offer(live);
    else draw(live);
  });
  addEventListener("pagehide", () => events.close());
}

const form = document.querySelector("form[data-draft]");
if (form) {
  const key = `draft.${form.dataset.draft}`;
  const typed = [...form.elements].filter((field) => field.name && !["hidden", "password", "submit"].includes(field.type));
  const kept = JSON.parse(sessionStorage.getItem(key) || "null");
  if (document.querySelector(".done")) sessionStorage.removeItem(key);
  else if (kept && !document.querySelector(".refused") && !location.search) {
    for (const field of typed) {
      if (field.type === "radio") field.checked = kept[field.name] === field.value;
      else if (kept[field.name] !== undefined) field.value = kept[field.name];
    }
  }
  form.addEventListener("input", () => {
    const now = {};
    for (const field of typed) if (field.type !== "radio" || field.checked) now[field.name] = field.value;
    sessionStorage.setItem(key, JSON.stringify(now));
  });
}

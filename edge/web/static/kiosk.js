// What a touch screen needs beyond plain pages; every page works without it.
//
//   [data-clock]    a clock that goes on
//   [data-live]     the idle list, drawn again when the node says something changed
//   [data-keypad]   digits for the field it names
//   [data-hold]     a button that wants to be held for a second, so that no brush of a sleeve departs
//   [data-idle-s]   after so long untouched, a countdown, then out

document.documentElement.classList.add("script");
const HOLD_MS = 1000;

const arrived = performance.now();
setInterval(() => {
  for (const clock of document.querySelectorAll("[data-clock]")) {
    const local = new Date(Number(clock.dataset.clock) + performance.now() - arrived + 8 * 3600e3);
    clock.textContent = local.toISOString().slice(11, 16);
  }
}, 5000);

const live = document.querySelector("[data-live]");
if (live) {
  const events = new EventSource("/live");
  events.addEventListener("changed", async () => {
    const answer = await fetch(location.pathname);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(live.id);
    if (fresh) live.replaceChildren(...fresh.childNodes);
  });
  addEventListener("pagehide", () => events.close());
}

for (const pad of document.querySelectorAll("[data-keypad]")) {
  const field = document.getElementById(pad.dataset.keypad);
  pad.addEventListener("click", (event) => {
    const key = event.target.dataset.key;
    if (!key) return;
    if (key === "clear") field.value = "";
    else if (key === "erase") field.value = field.value.slice(0, -1);
    else if (field.value.length < field.maxLength) field.value += key;
  });
}

for (const button of document.querySelectorAll("[data-hold]")) {
  let held;
  const begin = (event) => {
    if (event.type === "keydown" && (event.repeat || ![" ", "Enter"].includes(event.key))) return;
    button.classList.add("held");
    clearTimeout(held);
    held = setTimeout(() => button.form.requestSubmit(), HOLD_MS);
  };
  const end = () => {
    button.classList.remove("held");
    clearTimeout(held);
  };
  button.addEventListener("click", (event) => event.preventDefault());
  for (const name of ["pointerdown", "keydown"]) button.addEventListener(name, begin);
  for (const name of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"]) button.addEventListener(name, end);
  button.addEventListener("contextmenu", (event) => event.preventDefault());
}

const idleSeconds = Number(document.body.dataset.idleS);
if (idleSeconds) {
  const dialog = document.getElementById("still-there");
  let idle, ticking;
  const wait = () => {
    clearTimeout(idle);
    idle = setTimeout(ask, idleSeconds * 1000);
  };
  const ask = () => {
    let left = Number(document.body.dataset.countdownS);
    const shown = dialog.querySelector("[data-seconds]");
    shown.textContent = left;
    dialog.showModal();
    ticking = setInterval(() => {
      left -= 1;
      shown.textContent = left;
      if (left <= 0) location.assign("/kiosk");
    }, 1000);
  };
  const stay = () => {
    clearInterval(ticking);
    wait();
  };
  dialog.addEventListener("close", stay);
  dialog.querySelector("[data-stay]").addEventListener("click", () => dialog.close());
  for (const name of ["pointerdown", "keydown"]) addEventListener(name, () => dialog.open || wait());
  wait();
}

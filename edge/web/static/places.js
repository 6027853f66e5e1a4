// Drawing a place on the sketch; without this script its coordinates are typed.
//
//   click         sets the point of a circle, or adds a corner; dragging moves the view, the wheel and + - change its scale
//   the fields    are what is sent: drawing writes them, and typing in them is drawn

const svg = document.getElementById("sketch");
const form = document.getElementById("place");
const drawn = document.getElementById("drawn");
const scale = document.getElementById("scale");
const middle = { lat: Number(svg.dataset.lat), lon: Number(svg.dataset.lon) };
const north = Number(svg.dataset.north);
const east = Number(svg.dataset.east);
const SPAN_MIN = 60;
const SPAN_MAX = 4e6;
const DRAG_MIN_PX = 5;

const [left, top_, span] = svg.getAttribute("viewBox").split(" ").map(Number);
const view = { x: left, y: top_, span };
const texts = [...svg.querySelectorAll("text")].map((text) => [text, Number(text.getAttribute("font-size")) / span]);
const dots = [...svg.querySelectorAll(".dot circle")];

const degrees = (e6) => (Math.round(e6) / 1e6).toString();
const latLon = ([x, y]) => [middle.lat - y / north, middle.lon + x / east];
const metres = (lat, lon) => [(lon * 1e6 - middle.lon) * east, (middle.lat - lat * 1e6) * north];
const shape = () => form.elements.shape.value;
const radius = () => Number(form.elements.radius_m.value) || Number(form.elements.radius_m.dataset.otherwise) || 150;

function points() {
  const pairs =
    shape() === "circle"
      ? [[form.elements.lat_e6.value, form.elements.lon_e6.value]]
      : form.elements.outline.value.trim().split(/\s+/).map((pair) => pair.split(","));
  const read = pairs.filter((pair) => pair.length === 2 && pair.every((text) => text !== "" && Number.isFinite(Number(text))));
  return read.map(([lat, lon]) => metres(Number(lat), Number(lon)));
}

function keep(chain) {
  const written = chain.map(latLon).map(([lat, lon]) => [degrees(lat), degrees(lon)]);
  if (shape() === "circle") {
    const [lat, lon] = written.at(-1) || ["", ""];
    Object.assign(form.elements.lat_e6, { value: lat });
    Object.assign(form.elements.lon_e6, { value: lon });
  } else form.elements.outline.value = written.map((pair) => pair.join(",")).join(" ");
  draw();
}

function part(name, attributes) {
  const made = document.createElementNS(svg.namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function draw() {
  const chain = points();
  const parts = chain.map(([cx, cy]) => part("circle", { class: "corner", cx, cy, r: view.span / 110 }));
  if (shape() === "circle") for (const [cx, cy] of chain) parts.unshift(part("circle", { class: "area", cx, cy, r: radius() }));
  else if (chain.length > 1) {
    const line = chain.map((point) => point.join(" ")).join("L");
    if (shape() === "polygon") parts.unshift(part("path", { class: "area", d: `M${line}Z` }));
    else parts.unshift(part("path", { class: "lane", d: `M${line}`, "stroke-width": 2 * radius() }));
  }
  drawn.replaceChildren(...parts);
}

function look() {
  svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.span} ${view.span}`);
  for (const [text, share] of texts) text.setAttribute("font-size", share * view.span);
  for (const dot of dots) dot.setAttribute("r", view.span / 160);
  const step = 10 ** Math.floor(Math.log10(view.span / 4));
  const length = [5, 2, 1].map((n) => n * step).find((each) => each <= view.span / 4);
  const bar = part("path", { class: "bar", d: `M${view.x + view.span * 0.04} ${view.y + view.span * 0.96}h${length}` });
  svg.querySelector(".bar")?.remove();
  svg.append(bar);
  scale.textContent = length < 1000 ? `${length} m` : `${length / 1000} km`;
  draw();
}

function zoom(by, at = [view.x + view.span / 2, view.y + view.span / 2]) {
  const wide = Math.min(SPAN_MAX, Math.max(SPAN_MIN, view.span * by));
  view.x = at[0] - ((at[0] - view.x) * wide) / view.span;
  view.y = at[1] - ((at[1] - view.y) * wide) / view.span;
  view.span = wide;
  look();
}

function spot(event) {
  const box = svg.getBoundingClientRect();
  return [view.x + ((event.clientX - box.left) / box.width) * view.span, view.y + ((event.clientY - box.top) / box.height) * view.span];
}

let held = null;
svg.addEventListener("pointerdown", (event) => {
  held = { x: event.clientX, y: event.clientY, from: { ...view }, moved: false };
});
addEventListener("pointermove", (event) => {
  if (!held) return;
  const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
  if (!held.moved && Math.hypot(dx, dy) < DRAG_MIN_PX) return;
  const metre = view.span / svg.getBoundingClientRect().width;
  Object.assign(held, { moved: true });
  Object.assign(view, { x: held.from.x - dx * metre, y: held.from.y - dy * metre });
  look();
});
addEventListener("pointerup", (event) => {
  const was = held;
  held = null;
  if (!was || was.moved || !svg.contains(event.target)) return;
  if (event.target.closest("a") && points().length === 0) return; // a place that is there: its own form
  keep(shape() === "circle" ? [spot(event)] : [...points(), spot(event)]);
});
svg.addEventListener("click", (event) => {
  if (points().length > 0 && event.target.closest("a")) event.preventDefault();
});
svg.addEventListener("dragstart", (event) => event.preventDefault());
svg.addEventListener("wheel", (event) => { event.preventDefault(); zoom(event.deltaY > 0 ? 1.25 : 0.8, spot(event)); }, { passive: false });

const TOOLS = { in: () => zoom(0.67), out: () => zoom(1.5), undo: () => keep(points().slice(0, -1)), clear: () => keep([]) };
const tools = document.getElementById("tools");
tools.hidden = false;
tools.addEventListener("click", (event) => TOOLS[event.target.dataset.do]?.());
svg.addEventListener("keydown", (event) => ({ "+": TOOLS.in, "=": TOOLS.in, "-": TOOLS.out })[event.key]?.());
form.addEventListener("input", draw);
look();

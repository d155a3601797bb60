// The pages' only own script: theme, news of changed data, a lost connection, keys. Pages work without it.
import "htmx.org/dist/htmx.esm.js";
import "htmx.org/dist/ext/hx-sse.js";

const root = document.documentElement;
const themes = ["auto", "light", "dark"];

function setTheme(theme) {
  root.dataset.theme = theme;
  document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=lax`;
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.querySelector("[data-label]").textContent = button.dataset[theme];
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-switch]")) {
    setTheme(themes[(themes.indexOf(root.dataset.theme) + 1) % themes.length]);
  }
  if (event.target.closest("[data-print]")) window.print();
});

// Forms that choose what is shown send themselves, but not under the arrow keys: each key would load another page.
// Their button is for the keyboard, and for whoever has no script.
let byKeys = false;
document.addEventListener("pointerdown", () => (byKeys = false), true);
document.addEventListener("keydown", () => (byKeys = true), true);
document.addEventListener("change", (event) => {
  if (!byKeys && event.target.form?.hasAttribute("data-auto")) event.target.form.requestSubmit();
});

// ---- the connection: a banner with the age of what is shown, never a blank page
const SILENCE = 45_000;
const AGAIN = 5_000;
const LONGEST = 60_000; // between two attempts: each waits twice as long as the one before
const events = document.getElementById("events");
const banner = document.getElementById("connection");
const broken = { stream: false, refresh: false };
let heard = Date.now(); // what is shown was right
let beat = heard; // the stream said something
let stream = null;
let wait = AGAIN;
let next = 0;

function spanText(since) {
  const minutes = Math.max(0, Math.floor((Date.now() - since) / 60_000));
  const [name, count] =
    minutes >= 1440 ? ["days", Math.floor(minutes / 1440)]
    : minutes >= 60 ? ["hours", Math.floor(minutes / 60)]
    : ["minutes", minutes];
  return minutes < 1 ? banner.dataset.now : banner.dataset[name].replace("#", count);
}

function show() {
  const lost = broken.stream || broken.refresh;
  root.dataset.connection = lost ? "lost" : "live";
  banner.hidden = !lost;
  banner.querySelector("[data-age]").textContent = spanText(heard);
}

function refresh() {
  events.dispatchEvent(new CustomEvent("version", { bubbles: true }));
}

function streamLives(event) {
  stream = event.detail.connection;
  beat = Date.now();
  const back = broken.stream;
  broken.stream = false;
  if (back) refresh();
  if (!broken.refresh) [heard, wait, next] = [Date.now(), AGAIN, 0];
  show();
}

function tryAgain() {
  if (Date.now() < next) return;
  next = Date.now() + wait;
  wait = Math.min(2 * wait, LONGEST);
  if (broken.stream) events.dispatchEvent(new CustomEvent("ioc-again"));
  else refresh();
}

function failed(event) {
  if (event.detail?.ctx?.response?.status === 401) location.reload();
  broken[event.target === events ? "stream" : "refresh"] = true;
  show();
}

if (events && banner) {
  for (const name of ["htmx:sse:after:connection", "htmx:sse:before:message"]) events.addEventListener(name, streamLives);
  for (const name of ["htmx:sse:error", "htmx:error", "htmx:response:error"]) document.addEventListener(name, failed);
  document.addEventListener("htmx:after:swap", (event) => {
    if (!(event.detail?.ctx?.response?.status < 400)) return;
    broken.refresh = false;
    show();
    if (event.detail.ctx.target?.id !== "content" || event.detail.ctx.sourceEvent?.type === "minute") return;
    const said = document.getElementById("renewed"); // once for a screen reader, instead of every changed number
    said.textContent = `${said.dataset.said} ${new Date().toLocaleTimeString(root.lang)}`;
  });
  window.addEventListener("offline", () => {
    broken.stream = true;
    show();
  });
  window.addEventListener("online", () => {
    next = 0;
    stream?.delayCanceller?.(); // it waits no longer
  });
  setInterval(() => {
    if (Date.now() - beat > SILENCE && !broken.stream) {
      broken.stream = true;
      stream?.reader?.cancel(); // a connection that stands and says nothing is opened anew
    }
    if (broken.stream || broken.refresh) tryAgain();
    show();
  }, AGAIN);
}

// ---- keys: arrows walk among tiles, / goes to the first field of the page's form
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "/" && !typing) {
    const field = document.querySelector("main select, main input:not([type=hidden])");
    if (field) {
      field.focus();
      event.preventDefault();
    }
  }
  const grid = event.target.closest("[data-grid]");
  if (!grid || !event.key.startsWith("Arrow")) return;
  const stops = [...grid.querySelectorAll("[data-stop]")];
  const here = event.target.closest("[data-stop]");
  if (!here) return;
  const box = here.getBoundingClientRect();
  const ahead = stops.filter((stop) => {
    const other = stop.getBoundingClientRect();
    const sameRow = Math.abs(other.top - box.top) < 8;
    const sameColumn = other.left < box.right - 8 && other.right > box.left + 8;
    return (event.key === "ArrowRight" && sameRow && other.left > box.left + 8)
      || (event.key === "ArrowLeft" && sameRow && other.left < box.left - 8)
      || (event.key === "ArrowDown" && sameColumn && other.top > box.top + 8)
      || (event.key === "ArrowUp" && sameColumn && other.top < box.top - 8);
  });
  const next = /Left|Up/.test(event.key) ? ahead.at(-1) : ahead[0];
  if (next) {
    next.focus();
    event.preventDefault();
  }
});

// ---- on a phone the lists of the head are longer than it is wide: where one is stands in sight
for (const here of document.querySelectorAll(":is(.pages, .fields) [aria-current]")) {
  const list = here.closest(".pages, ul");
  list.scrollLeft = here.offsetLeft - list.offsetLeft - (list.clientWidth - here.offsetWidth) / 2;
}

// ---- the map's areas and the rows of the list beside it are one thing; what an area's title says stands beside it
function twins(code) {
  return document.querySelectorAll(`[data-area="${CSS.escape(code)}"]`);
}

function tell(area) {
  const title = area.querySelector("title"); // the browser's own tip would come a second later, and not for the keyboard
  if (title) {
    area.setAttribute("aria-label", title.textContent);
    title.remove();
  }
  const frame = area.closest(".map-frame");
  const tip = frame.querySelector(".map-tip");
  const box = area.getBoundingClientRect();
  const around = frame.getBoundingClientRect();
  tip.textContent = area.getAttribute("aria-label");
  tip.hidden = false;
  const left = box.left + box.width / 2 - around.left - tip.offsetWidth / 2;
  const above = box.top - around.top - tip.offsetHeight - 6;
  tip.style.left = `${Math.max(0, Math.min(left, around.width - tip.offsetWidth))}px`;
  tip.style.top = `${above < 0 ? box.bottom - around.top + 6 : above}px`;
  tip.dataset.of = area.dataset.area;
}

for (const [name, on] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
  document.addEventListener(name, (event) => {
    const area = event.target.closest?.("[data-area]");
    if (!area) return;
    for (const twin of twins(area.dataset.area)) twin.classList.toggle("lit", on);
    if (!area.closest(".map-frame") || event.pointerType === "touch") return;
    if (on) tell(area);
    else area.closest(".map-frame").querySelector(".map-tip").hidden = true;
  });
}

// A finger has no hover: its first touch tells, the second one follows.
let told = null;
document.addEventListener("pointerdown", (event) => {
  const area = event.target.closest?.(".map-frame [data-area]");
  const tip = document.querySelector(".map-tip:not([hidden])");
  told = event.pointerType === "touch" && tip && area ? tip.dataset.of : null;
  if (!area && tip) tip.hidden = true;
}, true);
document.addEventListener("click", (event) => {
  const area = event.target.closest?.(".map-frame [data-area]");
  if (area && event.pointerType === "touch" && told !== area.dataset.area) {
    event.preventDefault();
    tell(area);
  }
});

// One stop of the tab key a map; arrows walk from there to the next area in their direction.
function middleOf(area) {
  const box = area.getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
}

function makeOneStop(map) {
  const areas = [...map.querySelectorAll("a.area")];
  const stop = areas.find((area) => area === document.activeElement) ?? areas[0];
  for (const area of areas) area.setAttribute("tabindex", area === stop ? "0" : "-1");
}

for (const name of ["DOMContentLoaded", "htmx:after:swap"]) {
  document.addEventListener(name, () => document.querySelectorAll("svg.map").forEach(makeOneStop));
}

document.addEventListener("keydown", (event) => {
  const area = event.target.closest?.("svg.map a.area");
  if (event.key === "Escape") document.querySelectorAll(".map-tip").forEach((tip) => (tip.hidden = true));
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!area || !way) return;
  event.preventDefault();
  const [x, y] = middleOf(area);
  let next = null;
  let least = Infinity;
  for (const other of area.closest("svg").querySelectorAll("a.area")) {
    const [right, down] = middleOf(other).map((at, axis) => at - [x, y][axis]);
    const ahead = right * way[0] + down * way[1];
    const aside = Math.abs(right * way[1] + down * way[0]);
    const length = ahead + 2 * aside;
    if (ahead > 1 && aside <= 2 * ahead && length < least && getComputedStyle(other).visibility === "visible") {
      [next, least] = [other, length];
    }
  }
  if (!next) return;
  next.focus();
  makeOneStop(area.closest("svg"));
});

// ---- a list to choose from shows the names that hold what is typed, marks and letter case aside; arrows walk in it
const plain = (text) =>
  text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase().split(/\s+/).join(" ").trim();

function listOf(finder) {
  return document.getElementById(finder.getAttribute("aria-controls"));
}

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-finder]")) return;
  const wanted = plain(event.target.value);
  let found = 0;
  for (const label of listOf(event.target).querySelectorAll("label")) {
    const holds = plain(label.textContent).includes(wanted);
    found += holds;
    label.hidden = !holds && !label.querySelector("input").checked;
  }
  const said = event.target.parentElement.querySelector("[role=status]");
  said.textContent = wanted ? said.dataset.said.replace("#", found) : "";
});

document.addEventListener("keydown", (event) => {
  const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const list = event.target.matches("[data-finder]") ? listOf(event.target) : event.target.closest(".picker .checks");
  if (!way || !list) return;
  const boxes = [...list.querySelectorAll("label:not([hidden]) input")];
  const next = boxes[boxes.indexOf(event.target) + way];
  if (next) next.focus();
  else if (way < 0) document.querySelector(`[aria-controls="${list.id}"]`).focus();
  event.preventDefault();
});

// What was typed to find a name is no part of the choice.
document.addEventListener("formdata", (event) => {
  for (const finder of event.target.querySelectorAll("[data-finder]")) event.formData.delete(finder.name);
});

// The wall's own script: boards that follow each other, the clock, full screen. Without it the boards are links.
const A_SECOND = 1_000;
const A_MINUTE = 60_000;
const root = document.documentElement;
const language = root.lang === "vi" ? "vi-VN" : "en-GB";
const zone = { timeZone: "Asia/Ho_Chi_Minh" };
const time = new Intl.DateTimeFormat(language, { ...zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const month = root.lang === "vi" ? "2-digit" : "short";
const day = new Intl.DateTimeFormat(language, { ...zone, day: month === "short" ? "numeric" : month, month, year: "numeric" });
const inTheHand = matchMedia("(max-width: 60rem)"); // there a reader goes on by himself

const find = (selector) => document.querySelector(selector);
const count = () => document.querySelectorAll(".board").length;
const assets = () => find(".boards").dataset.assets;
const built = assets();
const ahead = Date.parse(find(".wall-clock").dataset.now) - Date.now(); // of the machine behind the wall, which nobody sets

let board = Number(find(".board.current").dataset.board);
let shownFor = 0;
let paused = false;

const shown = () => find(`.board[data-board="${board}"]`);

function draw() {
  root.dataset.board = board; // outside of what is renewed
  const now = new Date(Date.now() + ahead);
  find("[data-time]").textContent = time.format(now);
  find("[data-date]").textContent = day.format(now);
  find("[data-full-screen]").setAttribute("aria-pressed", document.fullscreenElement !== null);
  if (count() < 2) return;
  const seconds = Number(shown().dataset.seconds);
  const place = find("[data-place]");
  place.textContent = place.dataset.text.replace("#", board);
  find("[data-pause]").setAttribute("aria-pressed", paused);
  find(".countdown").hidden = paused || inTheHand.matches;
  const bar = find(".countdown progress");
  const left = find(".countdown span");
  [bar.max, bar.value] = [seconds, seconds - shownFor];
  left.textContent = left.dataset.text.replace("#", seconds - shownFor);
}

function go(steps) {
  board = ((board - 1 + steps + count()) % count()) + 1;
  shownFor = 0;
  draw();
}

// A person's step is told to a screen reader, the wall's own is not: it would never be silent.
function goByHand(steps) {
  go(steps);
  const said = document.getElementById("renewed");
  if (said) said.textContent = find(`h1[data-board="${board}"]`).textContent;
}

function pause() {
  paused = !paused;
  draw();
}

setInterval(() => {
  const isHeld = paused || inTheHand.matches || document.activeElement?.closest(".board");
  if (count() > 1 && !isHeld) shownFor += 1;
  if (count() > 1 && shownFor >= Number(shown().dataset.seconds)) go(1);
  else draw();
}, A_SECOND);

// What is wrong, and how long ago, changes without news of figures.
setInterval(() => {
  const isLive = root.dataset.connection !== "lost";
  if (isLive) document.getElementById("events")?.dispatchEvent(new CustomEvent("minute", { bubbles: true }));
}, A_MINUTE);

document.addEventListener("htmx:after:swap", () => {
  if (assets() !== built) location.reload(); // the hub was upgraded under a wall that hangs for months
  if (!shown()) [board, shownFor] = [1, 0];
  draw();
});
document.addEventListener("fullscreenchange", draw);

document.addEventListener("click", (event) => {
  const step = event.target.closest("[data-step]");
  if (step) {
    event.preventDefault();
    goByHand(step.dataset.step === "next" ? 1 : -1);
  }
  if (event.target.closest("[data-pause]")) pause();
  if (event.target.closest("[data-full-screen]")) {
    if (document.fullscreenElement) document.exitFullscreen();
    else root.requestFullscreen();
  }
});

// The keys of a presenter, and the space bar where nothing else takes it.
document.addEventListener("keydown", (event) => {
  if (count() < 2 || inTheHand.matches) return;
  const steps = { PageDown: 1, PageUp: -1 }[event.key];
  const isPause = event.key === " " && !event.target.closest("a, button, input, summary");
  if (!steps && !isPause) return;
  event.preventDefault();
  if (steps) goByHand(steps);
  else pause();
});

root.classList.add("scripted");
root.classList.toggle("without-full-screen", !document.fullscreenEnabled);
draw();

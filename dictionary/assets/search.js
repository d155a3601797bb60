// Finds the lines of search-<language>.js by all words of the question, without regard to case and Vietnamese accents.
// Works from a file: nothing is fetched.
"use strict";
const box = document.getElementById("search");
const found = document.getElementById("found");
const MOST = 30;
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d").replace(/Đ/g, "D").toLowerCase();
const lines = searchLines.map(([kind, name, text, href]) => ({ kind, name, text, href, called: plain(name), said: plain(text), all: plain(`${name} ${text}`) }));

function rank(line, words) {
  const last = line.called.split(".").at(-1);
  if (last === words.join("_") || line.called === words.join(" ")) return 0;
  if (words.every((word) => line.called.includes(word))) return 1;
  const phrase = words.join(" ");
  if (line.said.startsWith(phrase)) return 2;
  return ` ${line.said}`.includes(` ${phrase}`) ? 3 : 4;
}

function part(tag, name, text) {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

function show() {
  const words = plain(box.value).split(/\s+/).filter(Boolean);
  found.replaceChildren();
  found.hidden = !words.length;
  if (!words.length) return;
  const hits = lines.filter((line) => words.every((word) => line.all.includes(word)));
  hits.sort((one, other) => rank(one, words) - rank(other, words));
  for (const hit of hits.slice(0, MOST)) {
    const link = document.createElement("a");
    link.href = box.dataset.root + hit.href;
    link.append(part("span", "code", hit.name), part("span", "kind", hit.kind), part("span", "text", hit.text));
    const item = document.createElement("li");
    item.append(link);
    found.append(item);
  }
  if (!hits.length) found.append(part("li", "none", box.dataset.none));
}

box.addEventListener("input", show);
box.addEventListener("keydown", (event) => {
  const first = found.querySelector("a");
  if (event.key === "Enter" && first) first.click();
  if (event.key === "ArrowDown" && first) { event.preventDefault(); first.focus(); }
  if (event.key === "Escape") { box.value = ""; show(); }
});
found.addEventListener("keydown", (event) => {
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (!step) return;
  event.preventDefault();
  (document.activeElement.closest("li")?.[step]?.querySelector("a") ?? box).focus();
});
found.addEventListener("click", () => { found.hidden = true; });
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== box) { event.preventDefault(); box.focus(); }
});
document.addEventListener("click", (event) => { if (!event.target.closest(".search")) found.hidden = true; });

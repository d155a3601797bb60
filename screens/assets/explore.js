// The interactive chart of the explore page, drawn from the table that is on the page anyway.
import { LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const SYMBOLS = ["circle", "rect", "triangle", "diamond", "roundRect", "pin"];
const DASHES = ["solid", "dashed", "dotted"];

function read(table) {
  const heads = [...table.tHead.rows[0].cells].slice(1);
  const units = [...new Set(heads.map((cell) => cell.dataset.unit ?? ""))];
  const rows = [...table.tBodies[0].rows];
  const value = (row, index) => {
    const said = row.cells[index + 1].dataset.value;
    return said === undefined ? null : Number(said);
  };
  return {
    periods: rows.map((row) => row.cells[0].textContent.trim()),
    units,
    series: heads.map((cell, index) => ({
      name: cell.textContent.trim(),
      axis: units.indexOf(cell.dataset.unit ?? ""),
      values: rows.map((row) => value(row, index)),
    })),
  };
}

// On a phone the series are named one below the other, above the chart and not over it.
const NARROW = 480;

// Rates span at least so many points: a tenth of a point must not look like a climb.
const LEAST_SPAN = 5;

function ends(unit) {
  if (unit !== "%") return { scale: true };
  const low = ({ min, max }) => Math.max(0, Math.floor(Math.min(min, (min + max - LEAST_SPAN) / 2)));
  return { scale: true, min: low, max: (range) => Math.max(Math.ceil(range.max), low(range) + LEAST_SPAN) };
}

function options(data, place) {
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const language = document.documentElement.lang === "vi" ? "vi-VN" : "en-GB";
  const written = (value) => (value === null || value === undefined ? "–" : Number(value).toLocaleString(language));
  const narrow = place.clientWidth < NARROW;
  const head = data.series.length * 25 + 34;
  place.style.height = narrow ? `${head + 260}px` : "";
  const font = { fontFamily: '"Be Vietnam Pro", sans-serif', fontSize: narrow ? 12 : 14, color: token("--muted") };
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    aria: { enabled: true, label: { enabled: true, description: place.dataset.description } },
    color: [1, 2, 3, 4, 5, 6].map((index) => token(`--series-${index}`)),
    textStyle: font,
    grid: { left: 8, right: narrow ? 8 : 24, top: narrow ? head : 56, bottom: 8, containLabel: true },
    legend: {
      top: 0,
      left: 0,
      orient: narrow ? "vertical" : "horizontal",
      textStyle: { ...font, color: token("--ink"), ...(narrow && { width: place.clientWidth - 48, overflow: "truncate" }) },
    },
    // Rich text is drawn on the canvas: the content policy allows no styles in markup.
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      valueFormatter: written,
      backgroundColor: token("--surface"),
      borderColor: token("--line"),
      textStyle: { ...font, color: token("--ink") },
    },
    xAxis: { type: "category", data: data.periods, axisLine: { lineStyle: { color: token("--line") } }, axisLabel: { ...font, margin: 14 } },
    // An axis for each unit; only the first draws lines, so that two grids do not cross.
    yAxis: data.units.map((unit, index) => ({
      type: "value",
      ...ends(unit),
      name: data.units.length > 1 ? unit : "",
      nameTextStyle: { ...font, align: index ? "right" : "left" },
      axisLabel: { ...font, formatter: written },
      splitLine: { show: !index, lineStyle: { color: token("--line") } },
    })),
    series: data.series.map(({ name, axis, values }, index) => ({
      yAxisIndex: axis,
      name,
      type: "line",
      data: values,
      connectNulls: false,
      symbol: SYMBOLS[index % SYMBOLS.length],
      symbolSize: 9,
      lineStyle: { width: 3, type: DASHES[index % DASHES.length] },
    })),
  };
}

// Whether an axis leaves 0 out: its place is then below the chart.
function isBroken(chart) {
  return chart.getOption().yAxis.some((_, index) => {
    const zero = chart.convertToPixel({ yAxisIndex: index }, 0);
    return !chart.containPixel({ gridIndex: 0 }, [chart.getWidth() / 2, zero - 1]);
  });
}

const place = document.getElementById("explore-chart");
const table = document.querySelector("[data-chart] table");
if (place && table) {
  const chart = init(place);
  const note = document.getElementById("explore-axis");
  const draw = () => {
    chart.setOption(options(read(table), place), true);
    note.hidden = !isBroken(chart);
  };
  draw();
  place.dataset.drawn = "";
  document.fonts?.ready.then(draw);
  new ResizeObserver(() => {
    chart.resize();
    draw();
  }).observe(place);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

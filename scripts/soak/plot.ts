// Panels of lines over time as an SVG picture, one below the other.
import type { Panel, Series } from "./series.ts";

const WIDTH = 900;
const PANEL_HEIGHT = 150;
const LEFT = 70;
const RIGHT = 170;
const TOP = 26;
const BOTTOM = 18;

const COLOURS = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b"];

const FONT = 'font-family="sans-serif" font-size="12"';

/**
 * Draws panels.
 *
 * @param title stands above all of them
 */
export function plot(title: string, panels: readonly Panel[]): string {
  const height = TOP + panels.length * PANEL_HEIGHT;
  const drawn = panels.map((panel, index) => drawPanel(panel, TOP + index * PANEL_HEIGHT));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ${FONT}>`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    `<text x="${LEFT}" y="18" font-weight="bold">${escaped(title)}</text>`,
    ...drawn.flat(),
    "</svg>",
    "",
  ].join("\n");
}

function drawPanel({ title, series }: Panel, top: number): string[] {
  const points = series.flatMap(({ points }) => points);
  const finite = points.filter(([, value]) => Number.isFinite(value));
  const end = Math.max(1, ...points.map(([seconds]) => seconds));
  const most = niceAbove(Math.max(0, ...finite.map(([, value]) => value)));
  const [floor, roof] = [top + PANEL_HEIGHT - BOTTOM, top + TOP];
  const x = (seconds: number) => LEFT + (seconds / end) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => floor - (value / most) * (floor - roof);
  return [
    `<text x="${LEFT}" y="${top + 18}">${escaped(title)}</text>`,
    ...[0, most / 2, most].map((value) => gridLine(y(value), value)),
    `<text x="${x(end)}" y="${floor + 14}" text-anchor="end">${timeText(end)}</text>`,
    ...series.flatMap((one, index) => drawSeries(one, index, x, y, roof)),
  ];
}

function gridLine(at: number, value: number): string {
  return `<path d="M${LEFT} ${round(at)}H${WIDTH - RIGHT}" stroke="#ccc"/>` +
    `<text x="${LEFT - 6}" y="${round(at + 4)}" text-anchor="end">${shown(value)}</text>`;
}

/** A line, broken where nothing was measured, and its name beside the panel. */
function drawSeries(
  { name, points }: Series,
  index: number,
  x: (seconds: number) => number,
  y: (value: number) => number,
  roof: number,
): string[] {
  const colour = COLOURS[index % COLOURS.length];
  let isDown = false;
  const path = points.map(([seconds, value]) => {
    if (!Number.isFinite(value)) {
      isDown = false;
      return "";
    }
    const step = `${isDown ? "L" : "M"}${round(x(seconds))} ${round(y(value))}`;
    isDown = true;
    return step;
  }).join("");
  const at = roof + 14 * index;
  return [
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
    `<text x="${WIDTH - RIGHT + 10}" y="${at + 4}" fill="${colour}">${escaped(name)}</text>`,
  ];
}

/** 1, 2 or 5 times a power of ten that is not below a value. */
function niceAbove(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((times) => times * power).find((nice) => nice >= value) ?? value;
}

const round = (value: number) => Math.round(value * 10) / 10;

const shown = (value: number) => value.toLocaleString("en", { maximumFractionDigits: 2 });

function timeText(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${round(seconds / 60)} min`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

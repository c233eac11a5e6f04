// The drawing of the rooms: a staircase of boxes, and in it who imports from whom.
import { type Room, roomsOf, type System } from "./graph.ts";
import { type Breach, ENTRIES, type SourceTree } from "./rules.ts";

// In pixels.
const ROW = 34;
const COLUMN = 38;
const MARGIN = 18;
const BOX = { width: 118, height: 26 };
const DOT = 5;
/** Room for the legend below the boxes. */
const LEGEND = 62;

const COLOURS: Readonly<Record<System, { readonly line: string; readonly fill: string }>> = {
  ground: { line: "#57606a", fill: "#eaeef2" },
  kong: { line: "#1a7f37", fill: "#dafbe1" },
  prox: { line: "#bc4c00", fill: "#fff1e5" },
  brpc: { line: "#8250df", fill: "#fbefff" },
  top: { line: "#0969da", fill: "#ddf4ff" },
};

const LEGEND_LINES = [
  "A dot: the room at the right end of its row imports from the room at the top of its column.",
  "Imports go up and to the left only. No dot joins two of kong, prox and brpc.",
];

/** The drawing of a tree's rooms. */
export function drawTree(tree: SourceTree): string {
  return drawRooms(roomsOf(tree, ENTRIES));
}

/**
 * Whether a drawing shows a tree as it is.
 *
 * @param drawn what is in the file; empty if there is none
 */
export function checkDrawing(file: string, drawn: string, tree: SourceTree): Breach[] {
  if (drawn === drawTree(tree)) return [];
  const message = "it does not show the imports as they are: run `deno task layers --write`";
  return [{ file, line: 1, message }];
}

/**
 * Draws rooms, given in the order in which each imports only from those before it.
 *
 * @returns SVG; the same rooms give the same text
 */
export function drawRooms(rooms: readonly Room[]): string {
  const width = MARGIN * 2 + (rooms.length - 1) * COLUMN + BOX.width;
  const height = MARGIN * 2 + rooms.length * ROW + LEGEND;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" font-family="system-ui, sans-serif" font-size="13">`,
    "<title>The rooms of gibbon and their imports</title>",
    `<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>`,
    ...rooms.map((room, at) => leader(rooms, room, at)),
    ...rooms.map((room, at) => lane(rooms, room, at)),
    ...rooms.flatMap((room, at) => dots(rooms, room, at)),
    ...rooms.map(box),
    ...LEGEND_LINES.map((line, at) => {
      const y = MARGIN + rooms.length * ROW + 28 + at * 20;
      return `<text x="${MARGIN}" y="${y}" fill="#57606a">${line}</text>`;
    }),
    "</svg>",
    "",
  ].join("\n");
}

/** Where a room's lane runs, and where its row is. */
const laneX = (at: number) => MARGIN + BOX.height / 2 + at * COLUMN;
const rowY = (at: number) => MARGIN + at * ROW + ROW / 2;

/** From a room's box to the left, as far as the first room that it imports from. */
function leader(rooms: readonly Room[], { imports, system }: Room, at: number): string {
  const first = rooms.findIndex(({ name }) => imports.has(name));
  return first < 0 ? "" : line(laneX(first), rowY(at), laneX(at), rowY(at), COLOURS[system].line);
}

/** From a room's box down, as far as the last room that imports from it. */
function lane(rooms: readonly Room[], { name, system }: Room, at: number): string {
  const last = rooms.findLastIndex(({ imports }) => imports.has(name));
  return last < 0 ? "" : line(laneX(at), rowY(at), laneX(at), rowY(last), COLOURS[system].line);
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string): string {
  return `<path d="M${x1} ${y1}L${x2} ${y2}" stroke="${colour}" stroke-opacity="0.45"/>`;
}

function dots(rooms: readonly Room[], room: Room, row: number): string[] {
  return rooms.flatMap(({ name, system }, column) =>
    room.imports.has(name)
      ? [
        `<circle cx="${laneX(column)}" cy="${rowY(row)}" r="${DOT}" ` +
        `fill="${COLOURS[system].line}"><title>${room.name} imports from ${name}</title></circle>`,
      ]
      : []
  );
}

function box({ name, system }: Room, at: number): string {
  const [x, y, { line, fill }] = [laneX(at) - BOX.height / 2, rowY(at), COLOURS[system]];
  return `<rect x="${x}" y="${y - BOX.height / 2}" width="${BOX.width}" height="${BOX.height}" ` +
    `rx="5" fill="${fill}" stroke="${line}" stroke-width="1.5"/>` +
    `<text x="${x + BOX.width / 2}" y="${y + 4.5}" text-anchor="middle">${name}</text>`;
}

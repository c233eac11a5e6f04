// What the keys do. Those with a letter do it only while nobody writes.

/** What a key can ask for. */
export type KeyCommand =
  | "next"
  | "previous"
  | "first"
  | "last"
  | "filter"
  | "leave"
  | "clear"
  | "help"
  | "send"
  | "edit"
  | "copy"
  | `tab-${number}`;

const KEYS: Readonly<Record<string, KeyCommand>> = {
  ArrowDown: "next",
  j: "next",
  ArrowUp: "previous",
  k: "previous",
  Home: "first",
  End: "last",
  "/": "filter",
  Escape: "leave",
  x: "clear",
  "?": "help",
  s: "send",
  e: "edit",
  c: "copy",
  1: "tab-1",
  2: "tab-2",
  3: "tab-3",
  4: "tab-4",
  5: "tab-5",
};

/** For the page's help: keys, and what they do. */
export const KEY_HELP: readonly (readonly [keys: string, meaning: string])[] = [
  ["↓ ↑ or j k", "next and previous request"],
  ["Home End", "newest and oldest request"],
  ["/", "filter"],
  ["Esc", "leave the filter, close the request"],
  ["1 to 5", "parts of the request: time line, headers, bodies, log, plugins"],
  ["s", "send again"],
  ["e", "edit and send"],
  ["c", "copy as curl"],
  ["x", "clear the list"],
  ["?", "these keys"],
];

/** The command of a key; undefined if it has none, or belongs to what has the focus. */
export function commandOf(event: KeyboardEvent): KeyCommand | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return undefined;
  const command = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : undefined;
  const target = event.target as HTMLElement;
  if (target.closest("form.edit")) return undefined;
  const isWriting = target.matches("input, textarea, select");
  if (isWriting) {
    const isLeaving = event.key === "Escape" || event.key === "ArrowDown";
    return isLeaving ? command : undefined;
  }
  // Tabs move among themselves, and a list scrolls.
  if (target.matches("[role=tab]") && /^(?:Arrow|Home|End)/.test(event.key)) return undefined;
  return command;
}

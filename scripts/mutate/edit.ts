// An edit of a source, and what all kinds of them are made with.
import type { AnyNode } from "./syntax.ts";

/** `text` in the place of what stands from `start` to `end`. */
export interface Edit {
  /** What kind of change it is, in a word or two. */
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The edit that puts `text` in the place of a node. */
export function replaced(node: AnyNode, kind: string, text: string): Edit {
  return { kind, start: node.start, end: node.end, text };
}

/**
 * The edit that puts `text` in the place of a token between two nodes, where nothing else stands but
 * blanks, parentheses and comments.
 */
export function replacedBetween(
  code: string,
  [before, after]: readonly [number, number],
  token: string,
  kind: string,
  text: string,
): Edit {
  const start = code.indexOf(token, before);
  if (start < 0 || start + token.length > after) throw new Error(`no ${token} after ${before}`);
  return { kind, start, end: start + token.length, text };
}

/** Whether a node decides which way an `if`, a loop or a `?:` goes. */
export function isCondition(node: AnyNode, parent: AnyNode | undefined): boolean {
  return parent !== undefined && "test" in parent && parent.test === node &&
    parent.type !== "SwitchCase";
}

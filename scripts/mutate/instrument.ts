// A source with all of its mutations in it, each behind a switch: which one is on is said at run time.
import type { Mutation } from "./mutations.ts";
import type { AnyNode } from "./syntax.ts";

/** The function that instrumented sources ask whether a mutant is the one to be. */
export const SWITCH = "__mutant__";

/** A mutation with its number. */
export interface Numbered {
  readonly id: number;
  readonly mutation: Mutation;
}

/** A part of a source that has its mutated forms beside it. */
interface Place {
  readonly start: number;
  readonly end: number;
  readonly isStatement: boolean;
  readonly mutants: Numbered[];
  readonly inner: Place[];
}

/** @param code without types */
export function instrument(code: string, mutants: readonly Numbered[]): string {
  return render(code, 0, code.length, nest(placesOf(mutants)));
}

/** Places in the order of the source, those that contain others first. */
function placesOf(mutants: readonly Numbered[]): Place[] {
  const places = new Map<string, Place>();
  for (const mutant of mutants) {
    const { start, end, isStatement } = placeOf(mutant.mutation);
    const key = `${start} ${end} ${isStatement}`;
    const place = places.get(key) ?? { start, end, isStatement, mutants: [], inner: [] };
    place.mutants.push(mutant);
    places.set(key, place);
  }
  return [...places.values()].sort((a, b) =>
    a.start - b.start || b.end - a.end || Number(b.isStatement) - Number(a.isStatement)
  );
}

/** What can stand in a `?:` in the place of the changed node: the node, or more than it. */
function placeOf(mutation: Mutation) {
  const { ancestors } = mutation;
  let place = mutation.node;
  let at = ancestors.length - 1;
  const climb = () => place = ancestors[at--]!;
  if (isInChain(ancestors, place)) { while (place.type !== "ChainExpression") climb(); }
  const outer = ancestors[at];
  // The operand of `delete` and what is called are more than a value.
  if (outer?.type === "UnaryExpression" && outer.operator === "delete") climb();
  else if (outer?.type === "CallExpression" && outer.callee === place) climb();
  const { start, end } = place;
  return { start, end, isStatement: /Statement$/.test(place.type) };
}

/** Whether a node is a link of an optional chain, which a `?:` in the middle would end too early. */
function isInChain(ancestors: readonly AnyNode[], node: AnyNode): boolean {
  let link = node;
  for (let at = ancestors.length - 1; at >= 0; at--) {
    const outer = ancestors[at]!;
    if (outer.type === "ChainExpression") return true;
    const continues = outer.type === "MemberExpression" && outer.object === link ||
      outer.type === "MemberExpression" && outer.property === link && !outer.computed ||
      outer.type === "CallExpression" && outer.callee === link;
    if (!continues) return false;
    link = outer;
  }
  return false;
}

function nest(sorted: readonly Place[]): Place[] {
  const top: Place[] = [];
  const open: Place[] = [];
  for (const place of sorted) {
    while (open.length > 0 && open.at(-1)!.end <= place.start) open.pop();
    (open.at(-1)?.inner ?? top).push(place);
    open.push(place);
  }
  return top;
}

function render(code: string, start: number, end: number, places: readonly Place[]): string {
  let text = "";
  let at = start;
  for (const place of places) {
    text += code.slice(at, place.start) + renderPlace(code, place);
    at = place.end;
  }
  return text + code.slice(at, end);
}

function renderPlace(code: string, place: Place): string {
  const original = render(code, place.start, place.end, place.inner);
  if (place.isStatement) {
    const off = place.mutants.map(({ id }) => `!${SWITCH}(${id})`).join(" && ");
    return `{ if (${off}) ${original} }`;
  }
  const mutated = place.mutants.map(({ id, mutation }) => {
    const before = code.slice(place.start, mutation.start);
    return `${SWITCH}(${id}) ? (${before}${mutation.text}${
      code.slice(mutation.end, place.end)
    }) : `;
  });
  return `(${mutated.join("")}(${original}))`;
}

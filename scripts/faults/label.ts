// Some combinations out of all of them, in few words.
import type { Combination } from "../../tests/kong/faults/combination.ts";

/** What combinations differ in. */
const FACTORS: readonly ((combination: Combination) => string)[] = [
  ({ layout }) => layout,
  ({ protocol }) => protocol,
  ({ program }) => program.what,
];

/**
 * Names some of all combinations: `everywhere`, `workers, MsgPack:1`, `workers (Node); one process`.
 *
 * @param some those that are named
 * @param all those that there are
 */
export function labelOf(some: readonly Combination[], all: readonly Combination[]): string {
  if (some.length === all.length) return "everywhere";
  const left = new Set(some);
  const parts: string[] = [];
  while (left.size > 0) {
    const box = largestBox([...left], all);
    for (const combination of box) left.delete(combination);
    parts.push(boxLabel(box, all));
  }
  return parts.join("; ");
}

/** The most combinations that a choice of values for each factor has in common with `left`. */
function largestBox(left: readonly Combination[], all: readonly Combination[]): Combination[] {
  let best: Combination[] = [left[0]!];
  for (const chosen of choices(FACTORS.map((factor) => valuesOf(all, factor)))) {
    const fits = (one: Combination) => FACTORS.every((factor, at) => chosen[at]!.has(factor(one)));
    const box = all.filter(fits);
    if (box.length > best.length && box.every((one) => left.includes(one))) best = box;
  }
  return best;
}

/** Every choice of some values of each factor. */
function choices(values: readonly (readonly string[])[]): Set<string>[][] {
  return values.reduce<Set<string>[][]>(
    (chosen, ofFactor) =>
      chosen.flatMap((before) => subsets(ofFactor).map((one) => [...before, one])),
    [[]],
  );
}

function subsets(values: readonly string[]): Set<string>[] {
  const all = values.reduce<string[][]>(
    (sets, value) => [...sets, ...sets.map((set) => [...set, value])],
    [[]],
  );
  return all.filter((set) => set.length > 0).map((set) => new Set(set));
}

function boxLabel(box: readonly Combination[], all: readonly Combination[]): string {
  const words = FACTORS.flatMap((factor) => {
    const [here, there] = [valuesOf(box, factor), valuesOf(all, factor)];
    return here.length === there.length ? [] : [here.join(" and ")];
  });
  return words.join(", ");
}

function valuesOf(
  combinations: readonly Combination[],
  factor: (combination: Combination) => string,
): string[] {
  return [...new Set(combinations.map(factor))];
}

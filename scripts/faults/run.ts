// Trying modes: several servers at once, and a second look at what is wrong.
import type { Combination } from "../../tests/kong/faults/combination.ts";
import { SharedStage, tryAlone } from "../../tests/kong/faults/fault_stage.ts";
import type { Mode } from "../../tests/kong/faults/modes/mode.ts";
import { judge, type Result } from "./result.ts";

/** Modes that are tried on one server, where they need none of their own. */
const SHARING = 15;

type Task = () => Promise<Result[]>;

/** What to try, and who hears of it. */
export interface Trial {
  readonly combinations: readonly Combination[];
  readonly modes: readonly Mode[];
  /** Servers at once. */
  readonly jobs: number;
  /** Whether a cell is to be tried. */
  readonly wanted: (mode: Mode, combination: Combination) => boolean;
  /** Takes results as they come. */
  readonly done: (results: readonly Result[]) => Promise<void>;
}

/** Tries modes in combinations. */
export async function tryAll({ combinations, modes, jobs, wanted, done }: Trial): Promise<void> {
  const tasks = combinations.flatMap((combination) =>
    tasksOf(combination, modes.filter((mode) => wanted(mode, combination)))
  );
  let next = 0;
  const work = async () => {
    for (let task = tasks[next++]; task; task = tasks[next++]) {
      const some = await task();
      await done(some);
      progress(some, next, tasks.length);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
}

function tasksOf(combination: Combination, modes: readonly Mode[]): Task[] {
  const alone = modes.filter((mode) => mode.alone);
  const shared = modes.filter((mode) => !mode.alone);
  const tasks = alone.map((mode): Task => async () => [await lookTwice(combination, mode)]);
  for (let at = 0; at < shared.length; at += SHARING) {
    const some = shared.slice(at, at + SHARING);
    tasks.push(() => tryTogether(combination, some));
  }
  return tasks;
}

async function tryTogether(combination: Combination, modes: readonly Mode[]): Promise<Result[]> {
  const stage = new SharedStage(combination, modes);
  const results: Result[] = [];
  try {
    for (const mode of modes) results.push(judge(combination, mode, await stage.try(mode)));
  } finally {
    await stage.clear();
  }
  // What another mode of the server has left behind is not this one's.
  for (const [at, { surprises, mode }] of results.entries()) {
    if (surprises.length > 0) results[at] = await lookTwice(combination, mode);
  }
  return results;
}

/** On a machine that others use, a second look tells more. */
async function lookTwice(combination: Combination, mode: Mode): Promise<Result> {
  const first = judge(combination, mode, await tryAlone(combination, mode));
  if (first.surprises.length === 0) return first;
  return judge(combination, mode, await tryAlone(combination, mode));
}

/** Says how far it is, and at once what is wrong: all of it takes a while. */
function progress(some: readonly Result[], count: number, all: number): void {
  for (const { mode, combination, surprises } of some) {
    const { program, layout, protocol } = combination;
    for (const text of surprises) {
      console.error(`${mode.name}, ${program.what}, ${layout}, ${protocol}: ${text.slice(0, 300)}`);
    }
  }
  console.error(`${count} of ${all} steps`);
}

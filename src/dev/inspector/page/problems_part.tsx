// What keeps plugins or settings from running as they are written: above the list, until it is mended.
import type { ShownProblem } from "../view.ts";
import { Frame } from "./error_card.tsx";
import { Icon } from "./icons.tsx";

/** The problems, if there are any. */
export function ProblemsPart({ problems }: { readonly problems: readonly ShownProblem[] }) {
  if (problems.length === 0) return null;
  return (
    <section class="problems" aria-label="Problems" role="alert">
      {problems.map((problem) => <Problem key={problem.message} problem={problem} />)}
    </section>
  );
}

function Problem({ problem }: { readonly problem: ShownProblem }) {
  const { message, consequence, remedy, frame } = problem;
  return (
    <details class="problem">
      <summary>
        <Icon name="warning" />
        <span>{message}</span>
      </summary>
      {consequence && <p>{consequence}</p>}
      {frame && <Frame frame={frame} />}
      {remedy && <p class="remedy">{remedy}</p>}
    </details>
  );
}

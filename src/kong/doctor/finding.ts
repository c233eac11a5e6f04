// What a check has found: in order, to be looked at, or wrong; and what to do about it.

/** How it is: only a problem makes the command fail. */
export type State = "ok" | "warning" | "problem";

/** One check's outcome, one line of the report. */
export interface Finding {
  readonly state: State;
  /** What was looked at: a path, a name, a setting. */
  readonly subject: string;
  /** What was found. */
  readonly text: string;
  /** What to do about it, as a sentence. */
  readonly remedy?: string;
}

export function ok(subject: string, text: string): Finding {
  return { state: "ok", subject, text };
}

export function warning(subject: string, text: string, remedy: string): Finding {
  return { state: "warning", subject, text, remedy };
}

export function problem(subject: string, text: string, remedy: string): Finding {
  return { state: "problem", subject, text, remedy };
}

/** A report for people: one line a finding, and at the end how many of what. */
export function formatFindings(findings: readonly Finding[]): string {
  const lines = findings.map(({ state, subject, text, remedy }) => {
    const line = `${state.padEnd(7)}  ${subject}: ${text}`;
    return remedy === undefined ? line : `${line}. ${remedy}`;
  });
  const count = (state: State) => findings.filter((finding) => finding.state === state).length;
  return [...lines, `${count("problem")} problems, ${count("warning")} warnings`].join("\n");
}

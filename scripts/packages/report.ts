// The table of packages in Markdown, with the reasons of those that failed.
import { TRIALS } from "./list.ts";
import type { Failures } from "./try.ts";

/** What became of all packages in one place. */
export interface Outcome {
  readonly place: string;
  readonly plain: Failures;
  readonly bundled: Failures;
}

/** The table, its date and the reasons. */
export function report(outcomes: readonly Outcome[]): string {
  const date = new Date().toISOString().slice(0, 10);
  const columns = outcomes.flatMap(({ place, plain, bundled }) => [
    { title: place, failures: plain },
    { title: `${place}, bundled`, failures: bundled },
  ]);
  const rows = [
    ["package", ...columns.map(({ title }) => title)],
    Array.from({ length: columns.length + 1 }, () => "---"),
    ...TRIALS.map(({ name, version }) => [
      `${name} ${version}`,
      ...columns.map(({ failures }) => failures.has(name) ? "**no**" : "yes"),
    ]),
  ];
  const table = rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
  const reasons = TRIALS.flatMap(({ name }) => reasonsOf(name, columns));
  const said = reasons.length === 0
    ? ""
    : `\nWhat was said where one failed:\n\n${reasons.join("\n")}\n`;
  return `Tried on ${date}, ${TRIALS.length} packages.\n\n${table}\n${said}`;
}

/** A line for each reason, with the columns that it stands for. */
function reasonsOf(
  name: string,
  columns: readonly { readonly title: string; readonly failures: Failures }[],
): string[] {
  const failed = columns.filter(({ failures }) => failures.has(name));
  const byReason = Map.groupBy(failed, ({ failures }) => failures.get(name)!);
  return [...byReason].map(([reason, those]) =>
    `- ${name} (${those.map(({ title }) => title).join("; ")}): \`${reason.replaceAll("`", "'")}\``
  );
}

// The domain of the gateway's route, as prox writes it, and what its wildcards stand for.

/** What the wildcards stood for; empty where there were none. */
export interface DomainMatch {
  /** What `*` stood for; several of them joined with dots. */
  readonly matchDomain: string;
  /** What `**` stood for. */
  readonly matchGlob: string;
  /** What groups of targets are chosen by: the first `*`. Empty where there is none. */
  readonly key: string;
}

const ANY: DomainMatch = { matchDomain: "", matchGlob: "", key: "" };

/** Why prox would not take a pattern; undefined if it does. */
export function domainProblem(pattern: string): string | undefined {
  const labels = pattern.split(".");
  if (labels.some((label) => label === "")) return "it has an empty label";
  if (labels.slice(0, -1).includes("**")) return "** can only be its end";
  const isWrong = (label: string) => label !== "**" && label.split("*").length > 2;
  return labels.some(isWrong) ? "a label can have one * only" : undefined;
}

/**
 * Makes a function that matches host names: `*` is one label or a part of one, `**` at the end one or
 * more labels.
 *
 * @param pattern undefined for every host
 */
export function domainMatcher(
  pattern: string | undefined,
): (host: string) => DomainMatch | undefined {
  if (pattern === undefined) return () => ANY;
  const labels = pattern.toLowerCase().split(".").map((label) => {
    if (label === "**") return "(?<glob>.+)";
    const [before, after] = label.split("*");
    return after === undefined ? literal(label) : `${literal(before!)}([^.]*)${literal(after)}`;
  });
  const expression = new RegExp(`^${labels.join("\\.")}$`);
  return (host) => {
    const match = expression.exec(host.toLowerCase());
    if (!match) return undefined;
    const matchGlob = match.groups?.["glob"] ?? "";
    // The glob is the last of them, if there is one.
    const all = match.slice(1, match.groups ? -1 : undefined).filter((text) => text !== "");
    return { matchDomain: all.join("."), matchGlob, key: all[0] ?? "" };
  };
}

function literal(text: string): string {
  return text.replace(/[^a-z0-9-]/g, "\\$&");
}

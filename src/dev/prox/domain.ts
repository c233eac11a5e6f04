// The domain of the gateway's route, as prox writes it, and what its wildcards stand for.

/** What the wildcards stood for; empty where there were none. */
export interface DomainMatch {
  /** What `*` stood for. */
  readonly matchDomain: string;
  /** What `**` stood for. */
  readonly matchGlob: string;
}

/** Makes a function that matches host names: `*` is one label, `**` one or more. */
export function domainMatcher(pattern: string): (host: string) => DomainMatch | undefined {
  // A name can stand once only; of several wildcards the first counts.
  const names = new Set<string>();
  const wildcard = (name: string, pattern: string) => {
    if (names.has(name)) return pattern;
    names.add(name);
    return `(?<${name}>${pattern})`;
  };
  const labels = pattern.toLowerCase().split(".").map((label) => {
    if (label === "**") return wildcard("glob", ".+");
    return label === "*" ? wildcard("label", "[^.]+") : label.replace(/[^a-z0-9-]/g, "\\$&");
  });
  const expression = new RegExp(`^${labels.join("\\.")}$`);
  return (host) => {
    const match = expression.exec(host.toLowerCase());
    if (!match) return undefined;
    return { matchDomain: match.groups?.label ?? "", matchGlob: match.groups?.glob ?? "" };
  };
}

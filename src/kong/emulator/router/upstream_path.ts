// The path that a service is asked for: its own path, and what is left of the client's.

/** What the path is made of. */
export interface UpstreamPathParts {
  /** The client's path, normalised. */
  readonly path: string;
  /** What the route matched of it, if that is taken away. */
  readonly prefix: string | undefined;
  readonly stripPath: boolean;
  /** The service's path, or `/`. */
  readonly base: string;
}

/** What is behind the prefix, without dots that would lead out. */
function rest({ path, prefix = "/" }: UpstreamPathParts): string {
  const text = path.slice(prefix.length);
  if (text === "." || text === "..") return "";
  return text.replace(/^\.{1,2}\//, "");
}

/** The path as `path_handling: v0` makes it: one slash between the two parts. */
export function upstreamPathV0(parts: UpstreamPathParts): string {
  const { path, stripPath, base } = parts;
  const open = base.endsWith("/");
  if (!stripPath) {
    if (open) return base + path.slice(1);
    return path === "/" ? base : base + path;
  }
  const text = rest(parts);
  if (text === "") {
    if (base === "/") return "/";
    const bare = open ? base.slice(0, -1) : base;
    // A bare `/` counts as an open end only where the service's path has one.
    return path.endsWith("/") && (open || path.length > 1) ? `${bare}/` : bare;
  }
  return `${open ? base.slice(0, -1) : base}${text.startsWith("/") ? "" : "/"}${text}`;
}

/** The path as `path_handling: v1` makes it: one part behind the other. */
export function upstreamPathV1(parts: UpstreamPathParts): string {
  const { path, stripPath, base } = parts;
  if (!stripPath) return base + path.slice(1);
  const text = rest(parts);
  return base.endsWith("/") && text.startsWith("/") ? base.slice(0, -1) + text : base + text;
}

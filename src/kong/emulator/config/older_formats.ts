// What a configuration of the formats 1.1 and 2.1 means in 3.0: paths that are expressions get a ~.
import { fromLine, toLine } from "../lua/bytes.ts";
import { normalizePath } from "../http/paths.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A path as 3.0 has it. */
function newerPath(path: unknown): unknown {
  if (typeof path !== "string" || path.startsWith("~")) return path;
  if (/^[a-zA-Z0-9.\-_~/%]*$/.test(path)) return fromLine(toLine(normalizePath(toLine(path))));
  return `~${path}`;
}

/**
 * A file's values in the format 3.0. Those of 3.0, and what no configuration looks like, stay as
 * they are.
 */
export function inNewestFormat(file: unknown): unknown {
  const version = isFields(file) ? file._format_version : undefined;
  if (version !== "1.1" && version !== "2.1") return file;
  return withPaths(file as Fields);
}

function withPaths(fields: Fields): Fields {
  const changed: Record<string, unknown> = { ...fields };
  if (Array.isArray(fields.routes)) {
    changed.routes = fields.routes.map((route: unknown) =>
      isFields(route) && Array.isArray(route.paths)
        ? { ...route, paths: route.paths.map(newerPath) }
        : route
    );
  }
  if (Array.isArray(fields.services)) {
    changed.services = fields.services.map((service: unknown) =>
      isFields(service) ? withPaths(service) : service
    );
  }
  return changed;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

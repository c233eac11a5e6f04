// How the verdicts of several plugins on one request, response or connection become one.
import type { AuthorizeResult, ResponseModResult, SpeedLimit } from "./messages.ts";

/**
 * Merges the verdicts of plugins that all allow: headers, later ones over earlier; of each speed
 * limit the lowest above zero; the first group key; a clean query if any wants it; the last path.
 */
export function mergeAllowing(
  earlier: AuthorizeResult,
  later: AuthorizeResult,
): AuthorizeResult {
  const speedLimit = mergeSpeed(earlier.speedLimit, later.speedLimit);
  return {
    allow: true,
    headers: { ...earlier.headers, ...later.headers },
    ...(speedLimit ? { speedLimit } : {}),
    cleanQuery: earlier.cleanQuery || later.cleanQuery || false,
    rewritePath: later.rewritePath || earlier.rewritePath || "",
  };
}

/** Merges modifications: the last status above zero, headers later over earlier, all removals. */
export function mergeModifications(
  earlier: ResponseModResult,
  later: ResponseModResult,
): ResponseModResult {
  return {
    status: later.status || earlier.status || 0,
    headers: { ...earlier.headers, ...later.headers },
    remove: [...earlier.remove ?? [], ...later.remove ?? []],
  };
}

function mergeSpeed(
  earlier: SpeedLimit | undefined,
  later: SpeedLimit | undefined,
): SpeedLimit | undefined {
  if (!earlier && !later) return undefined;
  return {
    downloadMbps: lowest(earlier?.downloadMbps, later?.downloadMbps),
    uploadMbps: lowest(earlier?.uploadMbps, later?.uploadMbps),
    groupKey: earlier?.groupKey || later?.groupKey || "",
  };
}

function lowest(a = 0, b = 0): number {
  if (a > 0 && b > 0) return Math.min(a, b);
  return a > 0 ? a : Math.max(b, 0);
}

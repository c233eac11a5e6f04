// What the page knows: the requests that are listed, how the stream is, and what comes of a batch.
import type { LiveBatch, RequestList, RequestSummary, ShownProblem } from "../view.ts";

/** The page's knowledge of requests. */
export interface Known {
  /** Newest first. */
  readonly requests: readonly RequestSummary[];
  /** Requests since all were forgotten, listed or not. */
  readonly total: number;
  readonly problems: readonly ShownProblem[];
  readonly most: number;
  readonly gateway: string;
  readonly isLive: boolean;
  /** Requests that the last batches did not tell of; 0 once the list is whole again. */
  readonly dropped: number;
}

/** Before anything is known. */
export const NOTHING_KNOWN: Known = {
  requests: [],
  total: 0,
  problems: [],
  most: 500,
  gateway: "",
  isLive: false,
  dropped: 0,
};

/** What happens to it. */
export type Happening =
  | { readonly kind: "listed"; readonly list: RequestList }
  | { readonly kind: "batch"; readonly batch: LiveBatch }
  | { readonly kind: "lost" };

/** What is known after something has happened. */
export function knownAfter(known: Known, happening: Happening): Known {
  switch (happening.kind) {
    case "lost":
      return { ...known, isLive: false };
    case "listed": {
      const { requests, total, problems, most, gateway } = happening.list;
      return { requests, total, problems, most, gateway, isLive: true, dropped: 0 };
    }
    case "batch": {
      const { changed, total, problems, dropped, cleared } = happening.batch;
      const before = cleared ? [] : known.requests;
      return {
        ...known,
        requests: merged(before, changed).slice(0, known.most),
        total,
        problems,
        dropped: (cleared ? 0 : known.dropped) + dropped,
      };
    }
  }
}

/** Newest first. What has not changed stays the same object. */
function merged(
  before: readonly RequestSummary[],
  changed: readonly RequestSummary[],
): RequestSummary[] {
  const newer = new Map(changed.map((request) => [request.id, request]));
  const kept = before.map((request) => {
    const found = newer.get(request.id);
    if (found) newer.delete(request.id);
    return found ?? request;
  });
  if (newer.size === 0) return kept;
  return [...newer.values(), ...kept].sort((a, b) => b.number - a.number);
}

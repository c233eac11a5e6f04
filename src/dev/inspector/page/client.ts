// The page's way to the inspector: JSON over HTTP, and the live stream.
import type {
  InspectorProblem,
  LiveBatch,
  RequestDetail,
  RequestList,
  ResendOrder,
  SentAgain,
} from "../view.ts";

/** What the inspector refused, and what to do about it. */
export class Refused extends Error {
  readonly remedy: string | undefined;

  constructor({ error, remedy }: InspectorProblem) {
    super(error);
    this.remedy = remedy;
  }
}

async function ask<Answer>(path: string, order?: unknown): Promise<Answer> {
  const response = await fetch(
    `/api/${path}`,
    order === undefined ? {} : {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(order),
    },
  );
  const answer = await response.json();
  if (!response.ok) throw new Refused(answer);
  return answer;
}

const at = (id: string) => `requests/${encodeURIComponent(id)}`;

/** All requests that are kept. */
export const fetchList = () => ask<RequestList>("requests");

/** One of them, whole. */
export const fetchDetail = (id: string) => ask<RequestDetail>(`${at(id)}/`);

/** What a masked text is. */
export const reveal = (id: string, place: string) =>
  ask<{ readonly text: string }>(`${at(id)}/reveal`, { place });

/** Sends a request again. */
export const sendAgain = (id: string, order: ResendOrder) =>
  ask<SentAgain>(`${at(id)}/send`, order);

/** Forgets all requests. */
export const clearAll = () => ask<unknown>("clear", {});

/** What the live stream tells. */
export interface LiveEvents {
  /** It is there, for the first time or again: what was missed is not told. */
  opened(): void;
  /** It is gone, and is tried again. */
  lost(): void;
  batch(batch: LiveBatch): void;
}

/** Listens to the live stream until the page is closed. */
export function listenLive({ opened, lost, batch }: LiveEvents): () => void {
  const source = new EventSource("/api/live");
  source.onopen = opened;
  source.onerror = lost;
  source.onmessage = ({ data }) => batch(JSON.parse(data));
  return () => source.close();
}

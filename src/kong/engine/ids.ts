// Numbers for instances and events, none of which a restart hands out again soon.

/** Gives the next id that is not taken: 1 to 2^31 - 1. */
export type IdSource = (taken: (id: number) => boolean) => number;

const LARGEST_ID = 0x7fff_ffff;

/** Ids that count up from `first`; 1 follows 2^31 - 1. */
export function countingIds(first: number): IdSource {
  let next = first;
  return (taken) => {
    let id = next;
    while (taken(id)) id = after(id);
    next = after(id);
    return id;
  };
}

function after(id: number): number {
  return id >= LARGEST_ID ? 1 : id + 1;
}

/**
 * Ids of one worker process of several: an id belongs to the worker whose index is left when it is
 * divided by their number.
 *
 * @param first where to begin, or a little beside it
 * @param index of the worker, from 0
 * @param workers how many there are
 */
export function sharedIds(first: number, index: number, workers: number): IdSource {
  const lowest = index === 0 ? workers : index;
  const inRange = (id: number) => id < 1 || id > LARGEST_ID ? lowest : id;
  const later = (id: number) => inRange(id + workers);
  let next = inRange(first - (first % workers) + index);
  return (taken) => {
    let id = next;
    while (taken(id)) id = later(id);
    next = later(id);
    return id;
  };
}

/** The index of the worker process that an id belongs to; undefined for what is no id. */
export function workerOf(id: unknown, workers: number): number | undefined {
  return Number.isSafeInteger(id) && (id as number) > 0 ? (id as number) % workers : undefined;
}

/**
 * 128 ids for each second since 1970, folded into 31 bits. A server that hands out fewer ids than
 * that on average never reaches the first id of a successor; the numbers come round after 194 days.
 */
const IDS_PER_SECOND = 128;

/**
 * The first id for a server that starts now. Kong up to 3.4 can use an instance id that a dead
 * server gave out: if ids began at 1 again, it would run another configuration.
 */
export function clockId(nowMs: number): number {
  return (Math.floor((nowMs / 1000) * IDS_PER_SECOND) % LARGEST_ID) + 1;
}

/** A first id that a late step of a dead server's event is unlikely to meet. */
export function randomId(): number {
  return 1 + Math.floor(Math.random() * LARGEST_ID);
}

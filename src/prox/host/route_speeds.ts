// The speed limits that plugins have pushed for routes, also for routes that are not there yet.

/** Limits of a route's connections, in bytes a second; 0 is no limit. */
export interface SpeedEntry {
  readonly downloadBps: number;
  readonly uploadBps: number;
}

const NO_LIMIT: SpeedEntry = { downloadBps: 0, uploadBps: 0 };

/** Limits by route. Those of unknown routes are bounded: any plugin can name any. */
export class RouteSpeeds {
  readonly #known = new Map<string, SpeedEntry>();
  /** In the order in which they were set. */
  readonly #unknown = new Map<string, SpeedEntry>();
  readonly #room: number;
  #isKnown: (routeId: string) => boolean = () => false;

  /** @param room for routes that nobody knows; past it the oldest goes */
  constructor(room: number) {
    this.#room = room;
  }

  /** The limit of a route. */
  get(routeId: string): SpeedEntry {
    return this.#known.get(routeId) ?? this.#unknown.get(routeId) ?? NO_LIMIT;
  }

  /** Sets the limit of a route. */
  set(routeId: string, entry: SpeedEntry): void {
    if (this.#isKnown(routeId)) return void this.#known.set(routeId, entry);
    this.#unknown.delete(routeId);
    this.#unknown.set(routeId, entry);
    for (const oldest of this.#unknown.keys()) {
      if (this.#unknown.size <= this.#room) return;
      this.#unknown.delete(oldest);
    }
  }

  /** There are other routes now. What was set stays, for those that come and for those that go. */
  setKnown(isKnown: (routeId: string) => boolean): void {
    this.#isKnown = isKnown;
    const all = [...this.#unknown, ...this.#known];
    this.#known.clear();
    this.#unknown.clear();
    for (const [routeId, entry] of all) this.set(routeId, entry);
  }
}

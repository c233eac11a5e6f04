// Speed limits that prox's plugins ask for: of a route, of a group of connections, of one response.
import type { SpeedLimit } from "../../prox/messages.ts";
import type { SpeedEntry } from "../../prox/host/route_speeds.ts";
import { Throttle } from "../throttle.ts";

const BYTES_PER_MEGABIT = 125_000;

/** The limits of one gateway. Only downloads are slowed: a request is read before plugins see it. */
export class Speeds {
  readonly #groups = new Map<string, Throttle>();
  readonly #route = new Throttle(0);

  /** A plugin has set the limit of a group. */
  setGroup(key: string, { downloadBps }: SpeedEntry): void {
    this.#group(key).bytesPerSecond = downloadBps;
  }

  /**
   * The throttles that a response goes through.
   *
   * @param route what is set for the route now
   * @param verdict what the plugins said of this request
   */
  of(route: SpeedEntry, verdict: SpeedLimit | undefined): Throttle[] {
    this.#route.bytesPerSecond = route.downloadBps;
    const own = (verdict?.downloadMbps ?? 0) * BYTES_PER_MEGABIT;
    const group = verdict?.groupKey ? this.#group(verdict.groupKey) : undefined;
    if (group && own > 0) group.bytesPerSecond = own;
    const all = [this.#route, group ?? new Throttle(own)];
    return all.filter(({ bytesPerSecond }) => bytesPerSecond > 0);
  }

  #group(key: string): Throttle {
    let group = this.#groups.get(key);
    if (!group) this.#groups.set(key, group = new Throttle(0));
    return group;
  }
}

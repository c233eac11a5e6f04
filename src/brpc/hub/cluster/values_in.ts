// Async values that come from other hubs: counted, and acknowledged as fast as readers here take them.
import type { Logger } from "../../../base/log.ts";
import type { AsyncSender, AsyncValues } from "../async_values.ts";

/** The values of one hub. */
interface Flow extends AsyncSender {
  readonly hub: string;
  pump: number;
  /** How many have come, and how many of those the hub knows of. */
  came: number;
  told: number;
  isPaused: boolean;
  isTelling: boolean;
}

/** Tells a hub how many values of a pump are taken. */
export type TellTaken = (hub: string, pump: number, count: number) => void;

/** Takes values from other hubs. */
export class ValuesIn {
  readonly #values: AsyncValues;
  readonly #log: Logger;
  readonly #tell: TellTaken;
  readonly #flows = new Map<string, Flow>();

  constructor(values: AsyncValues, log: Logger, tell: TellTaken) {
    this.#values = values;
    this.#log = log;
    this.#tell = tell;
  }

  /** A value came in. */
  take(hub: string, pump: number, seq: number, plugin: string, payload: Uint8Array): void {
    const flow = this.#flows.get(hub) ?? this.#open(hub);
    if (pump !== flow.pump) Object.assign(flow, { pump, came: 0, told: 0 });
    if (seq !== flow.came) {
      const count = seq - flow.came;
      this.#log.warn("async values were lost on their way from a hub", { hub, count });
    }
    flow.came = seq + 1;
    this.#values.put(plugin, payload, flow);
    this.#tellLater(flow);
  }

  /** A hub is gone. */
  lost(hub: string): void {
    this.#flows.delete(hub);
  }

  #open(hub: string): Flow {
    const flow: Flow = {
      hub,
      ...{ pump: 0, came: 0, told: 0, isPaused: false, isTelling: false },
      pause: () => void (flow.isPaused = true),
      resume: () => {
        flow.isPaused = false;
        this.#tellLater(flow);
      },
    };
    this.#flows.set(hub, flow);
    return flow;
  }

  /** Once for all that came in one turn of the event loop. */
  #tellLater(flow: Flow): void {
    if (flow.isTelling) return;
    flow.isTelling = true;
    setImmediate(() => {
      flow.isTelling = false;
      if (flow.isPaused || flow.told === flow.came) return;
      this.#tell(flow.hub, flow.pump, flow.told = flow.came);
    });
  }
}

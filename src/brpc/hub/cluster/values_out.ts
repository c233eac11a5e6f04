// Async values for the hubs where somebody reads them: no faster than they are taken there.
import type { Logger } from "../../../base/log.ts";
import { type AsyncSender, AsyncValues } from "../async_values.ts";
import type { HubLimits } from "../limits.ts";
import type { ClusterLimits } from "./options.ts";

/** Sends a value to a hub. */
export type SendValue = (
  hub: string,
  value: { readonly plugin: string; readonly pump: number; readonly seq: number },
  payload: Uint8Array,
) => void;

/** The values on their way to one hub. */
interface Pump {
  /** Another number whenever values begin anew. */
  readonly number: number;
  readonly stop: AbortController;
  sent: number;
  taken: number;
  /** Sizes of those that are not taken, in bytes. */
  readonly sizes: number[];
  bytes: number;
  /** Has it go on, where it waits. */
  goOn: () => void;
}

/** Sends the values of this hub's plugins to other hubs. */
export class ValuesOut {
  readonly #limits: ClusterLimits;
  readonly #log: Logger;
  readonly #send: SendValue;
  readonly #values: AsyncValues;
  readonly #pumps = new Map<string, Pump>();
  #next = 1;

  constructor(hub: HubLimits, limits: ClusterLimits, log: Logger, send: SendValue) {
    this.#limits = limits;
    this.#log = log;
    this.#send = send;
    this.#values = new AsyncValues(hub, log);
  }

  /** See `AsyncValues.put`. */
  put(name: string, payload: Uint8Array, sender: AsyncSender): void {
    this.#values.put(name, payload, sender);
  }

  /** Somebody reads at a hub, or nobody any more. */
  reads(hub: string, isRead: boolean): void {
    this.stop(hub);
    if (!isRead) return;
    const pump: Pump = {
      number: this.#next++,
      stop: new AbortController(),
      ...{ sent: 0, taken: 0, sizes: [], bytes: 0, goOn: () => {} },
    };
    this.#pumps.set(hub, pump);
    void this.#run(hub, pump, this.#values.read((payload) => payload, pump.stop.signal));
  }

  /** A hub has taken so many values. */
  taken(hub: string, number: number, count: number): void {
    const pump = this.#pumps.get(hub);
    if (pump?.number !== number || count > pump.sent) return;
    while (pump.taken < count) {
      pump.taken++;
      pump.bytes -= pump.sizes.shift() ?? 0;
    }
    pump.goOn();
  }

  /** A hub is gone, or nobody reads there. */
  stop(hub: string): void {
    const pump = this.#pumps.get(hub);
    if (!pump) return;
    this.#pumps.delete(hub);
    pump.stop.abort();
    pump.goOn();
  }

  /** The connection to NATS is lost, and with it what was on its way. */
  cutOff(): void {
    for (const [hub, { sent, taken }] of [...this.#pumps]) {
      this.stop(hub);
      if (sent > taken) {
        const count = sent - taken;
        this.#log.warn("async values on their way to a hub may be lost", { hub, count });
      }
    }
  }

  end(): void {
    for (const hub of [...this.#pumps.keys()]) this.stop(hub);
    this.#values.end();
  }

  async #run(
    hub: string,
    pump: Pump,
    values: AsyncIterable<{ readonly name: string; readonly payload: Uint8Array }>,
  ): Promise<void> {
    for await (const { name: plugin, payload } of values) {
      this.#send(hub, { plugin, pump: pump.number, seq: pump.sent++ }, payload);
      pump.sizes.push(payload.length);
      pump.bytes += payload.length;
      while (this.#isFull(pump)) await new Promise<void>((resolve) => pump.goOn = resolve);
    }
  }

  #isFull({ sent, taken, bytes, stop }: Pump): boolean {
    const { valuesUnderWay, valueBytesUnderWay } = this.#limits;
    if (stop.signal.aborted) return false;
    return sent - taken >= valuesUnderWay || bytes >= valueBytesUnderWay;
  }
}

// gibbon's hub as a process that takes the same orders as the Go hub of tests/brpc/peer. With a URL of NATS it
// joins others.
import { createInterface } from "node:readline";
import process from "node:process";
import { Socket } from "../../src/brpc/mod.ts";

/** What is ordered: a line of JSON on stdin. */
interface Order {
  readonly id: number;
  /** "gone": wait until the plugin is; calls otherwise. */
  readonly op: string;
  readonly plugin: string;
  readonly callers: number;
  readonly seconds: number;
}

const hub = new Socket();

function say(report: Record<string, unknown>): void {
  console.log(JSON.stringify(report));
}

/** Calls of so many callers, each with one under way, counted after a quarter of warming up. */
async function count({ plugin, callers, seconds }: Order): Promise<number> {
  const from = performance.now() + 250 * seconds;
  const until = from + 1000 * seconds;
  let calls = 0;
  const call = async () => {
    for (let n = 0, now = 0; now < until; n++) {
      const sum = await hub.call(plugin, "add", { a: n, b: 1 });
      if (sum !== n + 1) throw new Error(`${n} + 1 is ${sum}`);
      now = performance.now();
      if (now >= from && now < until) calls++;
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return calls;
}

/** Waits until a plugin is gone; gives how long that took, in milliseconds. */
async function gone(plugin: string): Promise<number> {
  const from = performance.now();
  while (hub.pluginInfo(plugin)) await new Promise((resolve) => setTimeout(resolve, 5));
  return performance.now() - from;
}

const [servers] = process.argv.slice(2);
if (servers !== undefined) await hub.join({ servers });
say({ event: "listening", address: await hub.serve("127.0.0.1:0") });
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as Order;
  if (order.op === "gone") {
    say({ id: order.id, ms: await gone(order.plugin) });
    continue;
  }
  await hub.waitFor(order.plugin, 10_000);
  say({ id: order.id, calls: await count(order) });
}
await hub.shutdown();

// `deno task bench hubs [--quick]`: what joining hubs through NATS costs, against a real nats-server.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { HubProcess } from "../../tests/brpc/hub_process.ts";
import { type NatsServer, NO_NATS, startNats } from "../../tests/brpc/nats.ts";
import { startProcess } from "../../tests/support/process.ts";
import { Workspace } from "../../tests/support/workspace.ts";
import { runtimePath } from "../runtimes.ts";
import { machineLine } from "./machine.ts";
import { median, show, table } from "./numbers.ts";

const CALLERS: readonly number[] = [1, 8, 64];
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const HUB = here("brpc_hub.ts");
const CROWD = here("hub_crowd.ts");
const PLUGIN = here("../../tests/brpc/run_plugin.ts");
const NAME = "bench";

/** How much is measured. */
interface Scope {
  readonly rounds: number;
  readonly seconds: number;
  /** Hubs of the crowd, and plugins of each. */
  readonly crowd: readonly [hubs: number, plugins: number];
  /** How long the crowd is watched at rest, in seconds. */
  readonly restSeconds: number;
}

const FULL: Scope = { rounds: 7, seconds: 1, crowd: [100, 100], restSeconds: 20 };
const QUICK: Scope = { rounds: 2, seconds: 0.4, crowd: [10, 10], restSeconds: 4 };

/** Measures on Node, and prints what came of it. */
export async function benchHubs(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { quick: { type: "boolean", default: false } } });
  if (NO_NATS) throw new Error(NO_NATS);
  const scope = values.quick ? QUICK : FULL;
  const space = new Workspace();
  try {
    const nats = await startNats(space, 'http: "127.0.0.1:-1"');
    console.log(machineLine());
    console.log(`\n${await compareCalls(nats, scope)}`);
    console.log(`\n${await watchCrowd(nats, scope)}`);
  } finally {
    await space.clear();
  }
}

/** A hub; one that joins others where it is told the servers. */
async function startHub(servers?: string): Promise<HubProcess> {
  const node = await runtimePath("node");
  const hub = new HubProcess([node, HUB, ...(servers === undefined ? [] : [servers])]);
  await until(() => hub.events("listening").length > 0);
  return hub;
}

const addressOf = (hub: HubProcess) => String(hub.events("listening")[0].address);

/** Calls of a plugin of the hub's own, and of one at another hub; then that other hub is killed. */
async function compareCalls({ port }: NatsServer, { rounds, seconds }: Scope): Promise<string> {
  const servers = `nats://127.0.0.1:${port}`;
  const node = await runtimePath("node");
  const [alone, one, two] = [await startHub(), await startHub(servers), await startHub(servers)];
  const plugins = [alone, two].map((hub) =>
    startProcess([node, PLUGIN, addressOf(hub), NAME, "--reconnect"])
  );
  const pairs = [
    { title: "one hub", hub: alone, counted: CALLERS.map((): number[] => []) },
    { title: "through another hub", hub: one, counted: CALLERS.map((): number[] => []) },
  ];
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [index, callers] of CALLERS.entries()) {
        for (const { hub, counted } of pairs) {
          const { calls } = await hub.order("bench", NAME, { callers, seconds });
          counted[index]?.push(calls / seconds);
        }
      }
    }
    const gone = one.order("gone", NAME);
    two.run.signal("SIGKILL");
    const { ms } = await gone;
    const rows = pairs.map(({ title, counted }) => [
      title,
      ...counted.map((values) => show(median(values))),
    ]);
    const head = ["calls a second by callers", ...CALLERS.map(String)];
    const killed = `A killed hub's plugin is gone from the list after ${show(ms)} ms.`;
    return `${table(head, rows)}\n\n${killed}`;
  } finally {
    await Promise.all([
      ...[alone, one, two].map(({ run }) => run.kill()),
      ...plugins.map((plugin) => plugin.kill()),
    ]);
  }
}

/** Many hubs in one process: until all know all, and at rest. */
async function watchCrowd(nats: NatsServer, { crowd, restSeconds }: Scope): Promise<string> {
  const [hubs, plugins] = crowd;
  const command = [await runtimePath("node"), CROWD, `nats://127.0.0.1:${nats.port}`];
  const process = startProcess([...command, String(hubs), String(plugins)], { input: "open" });
  const lines = () => process.stdout().split("\n").slice(0, -1).map((line) => JSON.parse(line));
  const ask = async () => {
    const before = lines().length;
    process.write("\n");
    await until(() => lines().length > before);
    return lines()[before];
  };
  try {
    await until(() => lines().length > 0, 120_000);
    const [{ joinedMs, knownMs }] = lines();
    // What comes of the arrival is over then.
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const [before, said] = [await ask(), await varz(nats)];
    await new Promise((resolve) => setTimeout(resolve, 1000 * restSeconds));
    const [after, told] = [await ask(), await varz(nats)];
    const perSecond = (from: number, to: number) => show((to - from) / restSeconds, 1);
    return table(["", `${hubs} hubs of ${plugins} plugins in one process`], [
      ["all joined, ms", show(joinedMs)],
      ["all plugins known to all, ms", show(knownMs)],
      ["the process, MB", show(after.rss / 1e6)],
      ["the process at rest, ms of computing a second", perSecond(before.cpuMs, after.cpuMs)],
      ["nats-server, MB", show(told.mem / 1e6)],
      ["messages to nats-server a second at rest", perSecond(said.in_msgs, told.in_msgs)],
      ["messages from nats-server a second at rest", perSecond(said.out_msgs, told.out_msgs)],
    ]);
  } finally {
    await process.kill();
  }
}

/** What nats-server says of itself. */
async function varz({ monitorPort }: NatsServer) {
  const response = await fetch(`http://127.0.0.1:${monitorPort}/varz`);
  return await response.json() as { in_msgs: number; out_msgs: number; mem: number };
}

async function until(isSo: () => boolean, patienceMs = 20_000): Promise<void> {
  for (const end = performance.now() + patienceMs; !isSo();) {
    if (performance.now() > end) throw new Error(`nothing came within ${patienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

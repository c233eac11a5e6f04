// Hubs that are joined, in this process.
import type { HubLimits } from "../../src/brpc/hub/limits.ts";
import type { HubOptions } from "../../src/brpc/hub/hub.ts";
import type { JoinOptions } from "../../src/brpc/hub/cluster/options.ts";
import type { Workspace } from "../support/workspace.ts";
import { HubRun } from "./support.ts";

/** Short, so that tests need not wait long; a busy machine makes nobody late. */
export const QUICK = { beatMs: 200, deadMs: 3000 };

/** A hub that has joined others. */
export class JoinedHub extends HubRun {
  id = "";

  /** Starts one on a port of its own; it is shut down after the test. */
  static async start(
    space: Workspace,
    natsPort: number,
    join: Partial<JoinOptions> = {},
    options: HubOptions = {},
    limits: Partial<HubLimits> = {},
  ): Promise<JoinedHub> {
    const hub = new JoinedHub(options, limits);
    hub.address = await hub.socket.serve("127.0.0.1:0");
    space.later(() => hub.end());
    hub.id = await hub.socket.join({
      servers: `nats://127.0.0.1:${natsPort}`,
      ...join,
      limits: { ...QUICK, ...join.limits },
    });
    return hub;
  }

  /** Names of the plugins that it lists, in order. */
  get names(): string[] {
    return [...this.socket.connected().keys()].sort();
  }
}

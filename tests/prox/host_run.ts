// A host of plugins for tests: with shell scripts as plugins, and sockets that a test answers on.
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createLogger } from "../../src/base/log.ts";
import { unmarshalEnvelope } from "../../src/prox/decode.ts";
import type { HookCall } from "../../src/prox/decode.ts";
import { Manager, type ManagerOptions } from "../../src/prox/host/manager.ts";
import { FRAME_BYTES, HOOK_NAMES } from "../../src/prox/messages.ts";
import { detectRuntime } from "../../src/runtime/detect.ts";
import type { Connection } from "../../src/runtime/contract.ts";
import { frame, FrameReader } from "../../src/wire/frames.ts";
import { encode } from "../../src/wire/msgpack/codec.ts";
import { type Later, withFolder } from "../support/folder.ts";

export const runtime = await detectRuntime();

/** A manager that a test watches. */
export class HostRun {
  readonly manager: Manager;
  /** Everything that was logged. */
  readonly entries: string[] = [];
  readonly folder: string;

  constructor(folder: string, options: Partial<ManagerOptions> = {}) {
    this.folder = folder;
    this.manager = new Manager({
      runtime,
      log: createLogger((line) => this.entries.push(line), "debug"),
      restartDelayMs: () => 10,
      ...options,
    });
  }

  /** How often something was logged. */
  logged(text: string): number {
    return this.entries.filter((entry) => entry.includes(text)).length;
  }

  /** Writes a plugin: a shell script. */
  async script(name: string, body: string): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, `#!/bin/sh\n${body}\n`);
    await chmod(path, 0o755);
    return path;
  }

  /**
   * A plugin that says it is ready on a socket, once there is no file `held` in the folder, and
   * waits for the end of its stdin.
   */
  readyScript(socket: string, hooks: readonly string[] = HOOK_NAMES): Promise<string> {
    const held = join(this.folder, "held");
    const ready = JSON.stringify({ method: "ready", params: { socket, hooks } });
    return this.script(
      "plugin",
      `read line; while [ -e '${held}' ]; do sleep 0.01; done\necho '${ready}'; exec cat >/dev/null`,
    );
  }
}

/** Runs `use` with a host, and stops it whatever happens. */
export async function withHost(
  use: (host: HostRun, later: Later) => Promise<void>,
  options: Partial<ManagerOptions> = {},
): Promise<void> {
  await withFolder(async (folder, later) => {
    const host = new HostRun(folder, options);
    later(() => host.manager.stop());
    await use(host, later);
  });
}

/** A plugin's socket, on which a test answers. */
export class FakePlugin {
  readonly calls: HookCall[] = [];
  readonly connections = new Set<Connection>();
  /** Connections so far. */
  accepted = 0;
  /** Says what to send for a call; nothing for no answer. */
  answer: (call: HookCall, connection: Connection) => Uint8Array | undefined = () =>
    frame(encode({ ok: true }), "big");

  async listen(path: string, later: Later): Promise<void> {
    const listener = await runtime.listen(path, (connection) => {
      this.accepted++;
      this.connections.add(connection);
      const reader = new FrameReader({ maxBytes: FRAME_BYTES, byteOrder: "big" });
      return {
        data: (bytes) => {
          reader.push(bytes);
          for (let next = reader.next(); next; next = reader.next()) {
            const call = unmarshalEnvelope(next);
            this.calls.push(call);
            const answer = this.answer(call, connection);
            if (answer) connection.write(answer);
          }
        },
        closed: () => void this.connections.delete(connection),
      };
    });
    later(async () => {
      for (const connection of this.connections) connection.destroy();
      await listener.close();
    });
  }
}

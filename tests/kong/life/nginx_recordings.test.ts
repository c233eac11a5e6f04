// The stand-in's ProtoBuf:1 against recordings of Kong: it must say to a server what Kong said.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Phase } from "../../../src/kong/engine/phases.ts";
import type { PluginEntity } from "../../../src/kong/emulator/plugin_entity.ts";
import { withFolder } from "../../support/folder.ts";
import { readRecordings, type Recording } from "../support/recordings.ts";
import { NginxWorker } from "./nginx/worker.ts";
import { RecordedServer } from "./recorded_server.ts";

interface FullRecording extends Recording {
  readonly http: readonly { readonly status: number }[];
}

/** Those that are about the life of connections; the others are about values. */
const PLAYED: readonly string[] = [
  "01-start-instance",
  "08a-exit",
  "12a-close-before-answer",
  "12b-close-mid-event",
  "12c-close-half-call",
  "12d-close-before-return",
  "12e-close-at-start",
  "13a-wrong-sequence",
  "13b-empty-return",
  "14a-unknown-method",
  "24-kong-stops",
];

function pluginOf({ frames, plugin_conf }: FullRecording): PluginEntity {
  const phases = new Set<Phase>();
  let name = "sim";
  for (const { decoded } of frames) {
    const call = decoded as {
      cmd_start_instance?: { name: string };
      cmd_handle_event?: { event_name: Phase };
    } | null;
    name = call?.cmd_start_instance?.name ?? name;
    if (call?.cmd_handle_event) phases.add(call.cmd_handle_event.event_name);
  }
  return {
    name,
    phases: phases.size > 0 ? [...phases] : ["access"],
    priority: 0,
    id: String(plugin_conf.__plugin_id),
    key: String(plugin_conf.__key__),
    sequence: Number(plugin_conf.__seq__),
    config: plugin_conf,
  };
}

describe("the stand-in says over ProtoBuf:1 what Kong said", () => {
  const all = readRecordings("protobuf-3.9") as FullRecording[];
  for (const recording of all.filter(({ name }) => PLAYED.includes(name))) {
    test(`${recording.name}: ${recording.title}`, () =>
      withFolder(async (folder, later) => {
        const socket = join(folder, "s.sock");
        const server = await RecordedServer.start(recording, socket);
        later(() => server.close());
        const entity = pluginOf(recording);
        const worker = new NginxWorker({
          plugins: [{ entity, protocol: "ProtoBuf:1", socket }],
          log: () => {},
          reset: (plugin) => worker.forget(plugin),
        });
        later(() => worker.close());
        for (const { status } of recording.http) {
          const outcome = await worker.request({ headers: [["Host", "example.test"]] });
          assert.equal(outcome.status, status, outcome.reason);
        }
        await worker.leave();
        assert.deepEqual(server.differences, []);
        assert.equal(server.unplayed, 0);
      }));
  }

  test("and none of those recordings is missing", () => {
    const names = all.map(({ name }) => name);
    for (const name of PLAYED) assert.ok(names.includes(name), name);
  });
});

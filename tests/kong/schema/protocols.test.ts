// The field `protocols` of a plugin's schema: on which routes Kong puts the plugin.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Phase, PHASES } from "../../../src/kong/engine/phases.ts";
import { pluginDump } from "../../../src/kong/protocol/status.ts";
import { protocolsField, routeFamilies } from "../../../src/kong/schema/protocols.ts";
import { pluginOf } from "../support/events.ts";
import { kongRefuses } from "../support/kong_schema.ts";
import { startServer } from "../support/kong_server.ts";
import { ProtobufClient } from "../support/protobuf_client.ts";

const HTTP = ["grpc", "grpcs", "http", "https"];
const STREAM = ["tcp", "tls", "udp"];

function pluginWith(...phases: Phase[]) {
  const handlers = new Map(phases.map((phase) => [phase, () => {}]));
  return { ...pluginOf(() => {}, { name: "p" }), handlers };
}

/** Every set of phases but the empty one. */
function phaseSets(): Phase[][] {
  const sets: Phase[][] = [[]];
  for (const phase of PHASES) sets.push(...sets.map((set) => [...set, phase]));
  return sets.slice(1);
}

/** What Kong applies a plugin to: the field's default, or its own. */
function routesOf(phases: readonly Phase[]): string[] {
  const field = protocolsField(phases)?.protocols as { default: string[] } | undefined;
  return field?.default ?? HTTP;
}

describe("a plugin is put on the routes", () => {
  test("on which its handlers run, whichever it has", () => {
    assert.equal(phaseSets().length, 63);
    for (const phases of phaseSets()) {
      const about = phases.join(" ");
      const routes = routesOf(phases);
      const onStreams = STREAM.every((protocol) => routes.includes(protocol));
      const onHttp = HTTP.every((protocol) => routes.includes(protocol));
      assert.equal(onStreams, phases.includes("preread"), about);
      assert.equal(onHttp, phases.some((phase) => phase !== "preread"), about);
      assert.equal(routes.length, (onStreams ? 3 : 0) + (onHttp ? 4 : 0), about);
      const families = [...onHttp ? ["http"] : [], ...onStreams ? ["stream"] : []];
      assert.deepEqual(routeFamilies(phases), families, about);
    }
  });

  test("that Kong chooses, without a word, where only handlers for HTTP are there", () => {
    for (const phases of phaseSets().filter((set) => !set.includes("preread"))) {
      assert.equal(protocolsField(phases), undefined);
      assert.equal(pluginDump(pluginWith(...phases)).Schema.fields.length, 1);
    }
  });

  test("in the form that was seen to work with Kong 3.9.1", () => {
    assert.deepEqual(protocolsField(["preread"]), {
      protocols: {
        type: "set",
        required: true,
        elements: { type: "string", one_of: ["tcp", "tls", "udp", "tls_passthrough"] },
        default: ["tcp", "tls", "udp"],
      },
    });
  });

  test("that somebody names, if its handlers run there", () => {
    const only = [protocolsField(["preread"])!];
    assert.equal(kongRefuses(only, { protocols: ["tls_passthrough"] }), undefined);
    assert.match(kongRefuses(only, { protocols: ["tcp", "http"] }) ?? "", /one_of/);
    const both = [protocolsField(["preread", "access"])!];
    assert.equal(kongRefuses(both, { protocols: ["tls_passthrough", "https"] }), undefined);
    // Kong checks a default by the field that it belongs to.
    for (const fields of [only, both]) {
      const [field] = Object.values(fields[0]!);
      assert.equal(kongRefuses(fields, { protocols: field!.default }), undefined);
    }
  });
});

describe("the protocols of a plugin", () => {
  const plugin = pluginWith("preread", "access");
  const fields = [
    { config: { type: "record", fields: [] } },
    protocolsField(["preread", "access"]),
  ];

  test("are in its dump", () => {
    assert.deepEqual(pluginDump(plugin).Schema, { name: "p", fields });
    assert.deepEqual(pluginDump(plugin, true).Schema, { name: "p", fields });
  });

  test("are told over both protocols", async () => {
    const { server, connect } = startServer([plugin]);
    const client = connect();
    const info = await client.result("plugin.GetPluginInfo", "p");
    assert.deepEqual(info.Schema, { name: "p", fields });
    const command = { $case: "cmd_get_plugin_info", value: { name: "p" } } as const;
    const answer = await new ProtobufClient(server).command(command);
    assert.equal(answer?.$case, "plugin_info");
    assert.deepEqual(JSON.parse((answer as { value: { schema: string } }).value.schema), {
      name: "p",
      fields,
    });
    await server.close("the test is over");
  });
});

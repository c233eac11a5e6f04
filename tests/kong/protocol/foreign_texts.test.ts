// Bytes of Kong that are not UTF-8: Latin-1 for the plugin, and the same bytes when they go back.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { after, describe, test } from "node:test";
import type { Phase } from "../../../src/kong/engine/phases.ts";
import type { Handler } from "../../../src/kong/engine/plugin.ts";
import type { Kong } from "../../../src/kong/pdk/kong.ts";
import { pluginOf } from "../support/events.ts";
import { startServer } from "../support/kong_server.ts";
import { type LuaCall, type LuaFunctions, playMsgpack, playProtobuf } from "../support/lua_kong.ts";
import { ProtobufClient } from "../support/protobuf_client.ts";

const TEXT = "caf\u00e9";
const LATIN1 = new Uint8Array(Buffer.from(TEXT, "latin1"));
/** UTF-8, Latin-1, text that only UTF-8 can be, and ends of UTF-8's ranges cut short. */
const VALUES = [
  "plain",
  LATIN1,
  "caf\u00e9",
  "\u{1f64a}",
  Uint8Array.of(0xf0, 0x9f, 0x99),
  "\ufffd",
];

let current: (kong: Kong) => unknown;
let failure: unknown;
const handler = (async (kong: Kong) => {
  failure = undefined;
  try {
    await current(kong);
  } catch (error) {
    if ((error as Error).name !== "RequestEnded") failure = error;
    throw error;
  }
}) as unknown as Handler;
const plugin = {
  ...pluginOf(handler, { name: "bytes" }),
  handlers: new Map((["access", "log"] as const).map((phase) => [phase, handler])),
};
const { server, connect } = startServer([plugin]);
after(() => server.close("the tests are over"));
const instance = connect().start("bytes");

type Play = (
  run: (kong: Kong) => unknown,
  functions: LuaFunctions,
  phase?: Phase,
) => Promise<LuaCall[]>;

const PROTOCOLS: Readonly<Record<string, Play>> = {
  msgpack: async (run, functions, phase = "access") => {
    current = run;
    return await playMsgpack(connect(), await instance, phase, functions);
  },
  protobuf: async (run, functions, phase = "access") => {
    current = run;
    return await playProtobuf(new ProtobufClient(server), await instance, phase, functions);
  },
};

/** The last call of an event. */
async function lastCall(play: Play, run: (kong: Kong) => unknown, functions: LuaFunctions) {
  const calls = await play(run, functions);
  assert.equal(failure, undefined);
  return plain(calls.at(-1)!.args);
}

/** Bytes of any class as the same. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

for (const [protocol, play] of Object.entries(PROTOCOLS)) {
  describe(`texts that are not UTF-8 over ${protocol}`, () => {
    test("are Latin-1", async () => {
      let seen: unknown[] = [];
      await play(async ({ request }) => {
        seen = [
          await request.getHeader("x"),
          await request.getHeaders(),
          await request.getQuery(),
          await request.getPath(),
        ];
      }, ({ method }) => {
        if (method === "kong.request.get_headers") return { x: [LATIN1, "\u00fc"] };
        if (method === "kong.request.get_query") return { q: [LATIN1] };
        return method === "kong.request.get_path" ? Uint8Array.of(0x2f, 0xe9) : LATIN1;
      });
      assert.deepEqual(seen, [TEXT, { x: [TEXT, "\u00fc"] }, { q: [TEXT] }, "/\u00e9"]);
    });

    for (const value of VALUES) {
      const title = typeof value === "string" ? JSON.stringify(value) : `bytes ${plain(value)}`;
      const ways: [string, (kong: Kong, text: string) => unknown, unknown[]][] = [
        ["setHeader", (kong, text) => kong.service.request.setHeader("y", text), ["y", value]],
        ["addHeader", (kong, text) => kong.service.request.addHeader("y", text), ["y", value]],
        [
          "setHeaders",
          (kong, text) => kong.service.request.setHeaders({ y: [text, "z"], z: text }),
          [{ y: [value, "z"], z: value }],
        ],
        ["response.setHeader", (kong, text) => kong.response.setHeader("y", text), ["y", value]],
        ["setRawQuery", (kong, text) => kong.service.request.setRawQuery(text), [value]],
        ["setQuery", (kong, text) => kong.service.request.setQuery({ a: [text] }), [{
          a: [value],
        }]],
        [
          "shared",
          (kong, text) => kong.ctx.shared.set("k", { deep: [text] }),
          ["k", { deep: [value] }],
        ],
        [
          "exit's headers",
          (kong, text) => kong.response.exit(200, text, { y: text }),
          [200, value, { y: value }],
        ],
      ];
      for (const [name, send, expected] of ways) {
        test(`${title} read and given to ${name} is the same`, async () => {
          const args = await lastCall(play, async (kong) => {
            const text = await kong.request.getHeader("x");
            await send(kong, text!);
          }, () => value);
          assert.deepEqual(args, plain(expected));
        });
      }
    }

    test("a path read and set again is the same", async () => {
      const path = Uint8Array.of(0x2f, 0xe9);
      const args = await lastCall(play, async (kong) => {
        await kong.service.request.setPath(await kong.request.getPath());
      }, () => path);
      assert.deepEqual(args, [plain(path)]);
    });

    test("a log record with some is read all the same", async () => {
      let record: unknown;
      const bytes = Buffer.concat([Buffer.from('{"a":"'), LATIN1, Buffer.from('","b":"\u00fc"}')]);
      await play(async (kong) => record = await kong.log.serialize(), () => bytes, "log");
      assert.deepEqual(record, { a: "caf\ufffd", b: "\u00fc" });
    });

    test("what the author wrote is UTF-8, also if another event had the same text", async () => {
      await play(({ request }) => request.getHeader("x"), () => LATIN1);
      const args = await lastCall(
        play,
        (kong) => kong.service.request.setHeader("y", TEXT),
        () => undefined,
      );
      assert.deepEqual(args, ["y", TEXT]);
    });

    test("what is made of it is UTF-8", async () => {
      const args = await lastCall(play, async (kong) => {
        const text = await kong.request.getHeader("x");
        await kong.service.request.setHeader("y", `${text}!`);
      }, () => LATIN1);
      assert.deepEqual(args, ["y", `${TEXT}!`]);
    });

    test("a body of JSON is UTF-8", async () => {
      const args = await lastCall(play, async (kong) => {
        const text = await kong.request.getHeader("x");
        kong.response.exit(200, { text });
      }, () => LATIN1) as unknown[];
      const body = args[1];
      assert.deepEqual(typeof body === "string" ? JSON.parse(body) : body, { text: TEXT });
    });
  });
}

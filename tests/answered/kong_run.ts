// The property of Kong's events: whatever a handler of a guarded phase does, its event is answered,
// once, with the failure or with what the plugin asked for, over both protocols.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { Kong } from "../../src/kong/pdk/kong.ts";
import { pluginOf } from "../kong/support/events.ts";
import { type MemoryClient, startServer } from "../kong/support/kong_server.ts";
import { ProtobufClient } from "../kong/support/protobuf_client.ts";
import { isFailure, text } from "../kong/support/protobuf_server.ts";
import { stopsRequest } from "../kong/support/rpc_client.ts";
import { checkHandlers, inTime, LIMIT_MS } from "./check.ts";
import { type End, expectedEnds } from "./expected.ts";
import { type Gateway, handlerOf, type Step } from "./steps.ts";

/** How long it is looked whether something comes behind an answer, in milliseconds. */
const AFTER_MS = 20;

const gatewayOf = (kong: Kong): Gateway => ({
  call: () => kong.request.getPath(),
  wrongCall: () => kong.request.getHeader(5 as never),
  exit: () => kong.response.exit(403, "no"),
});

/** Has an event over MsgPack:1; gives its end. */
async function overMsgpack(client: MemoryClient, name: string): Promise<End> {
  const turn = await client.event(await client.start(name));
  for (let { Data } = turn;;) {
    if (Data === "ret") return "returned";
    if (stopsRequest(Data)) return "failed";
    if ((Data as { Method?: unknown }).Method === "kong.response.exit") return "exited";
    Data = await client.step(turn.EventId, "/");
  }
}

/** The same over ProtoBuf:1. */
async function overProtobuf(client: ProtobufClient, name: string): Promise<End> {
  const sequence = client.handle(await client.start(name));
  for (;;) {
    const turn = await client.turn();
    if (typeof turn === "number") {
      assert.equal(turn, sequence);
      return "returned";
    }
    if (isFailure(turn)) return "failed";
    if (turn.method === "kong.response.exit") return "exited";
    client.answer(text("/"));
  }
}

async function prove(all: readonly (readonly Step[])[]): Promise<void> {
  const made = ["MsgPack:1", "ProtoBuf:1"].flatMap((protocol) =>
    all.map((steps, at) => ({
      protocol,
      ...handlerOf(steps),
      name: `${protocol.slice(0, 3).toLowerCase()}-${at}`,
    }))
  );
  const plugins = made.map(({ run, name }) =>
    pluginOf((kong: Kong) => run(gatewayOf(kong)), { name, deadline: LIMIT_MS })
  );
  const { server, connect } = startServer(plugins);
  await Promise.all(made.map(async ({ protocol, name, trace }) => {
    const isMsgpack = protocol === "MsgPack:1";
    const client = isMsgpack ? connect() : new ProtobufClient(server);
    const what = `the event of ${name}`;
    const end = await inTime(
      what,
      client instanceof ProtobufClient ? overProtobuf(client, name) : overMsgpack(client, name),
    );
    const expected = expectedEnds(trace, LIMIT_MS);
    const done = JSON.stringify(trace);
    assert.ok(expected.includes(end), `${what} ${end}, not ${expected.join(" or ")}: ${done}`);
    const answers = client instanceof ProtobufClient ? 0 : client.answers.length;
    await pause(AFTER_MS);
    const more = client instanceof ProtobufClient
      ? client.frames.length
      : client.answers.length - answers;
    assert.equal(more, 0, `${what} was answered again: ${done}`);
    assert.ok(!client.closed, `the connection of ${name} was closed: ${done}`);
    client.leave();
  }));
  await server.close("the property has been looked at");
}

await checkHandlers(true, prove);

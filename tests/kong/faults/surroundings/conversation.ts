// A whole conversation as the bytes that Kong sends, to be cut, changed and broken off anywhere.
import type { Kong } from "../../../../src/kong/pdk/kong.ts";
import { countingIds } from "../../../../src/kong/engine/ids.ts";
import { until } from "../../../support/until.ts";
import { concat } from "../../../support/pieces.ts";
import type { Protocol } from "../../life/nginx/worker.ts";
import { pluginOf } from "../../support/events.ts";
import { type MemoryClient, startServer } from "../../support/kong_server.ts";
import { ProtobufClient } from "../../support/protobuf_client.ts";
import { text } from "../../support/protobuf_server.ts";

/** An event may take so long, in milliseconds: none of these waits for it. */
const LIMIT_MS = 60_000;

/** A server whose plugin makes two calls, with ids that count from 1. */
export function startConversant() {
  const handler = async (kong: Kong) => {
    await kong.request.getPath();
    await kong.response.setHeader("x-seen", await kong.request.getMethod());
  };
  return startServer([pluginOf(handler, { name: "talker", deadline: LIMIT_MS })], {
    ids: { instances: countingIds(1), events: countingIds(1) },
  });
}

type Conversant = ReturnType<typeof startConversant>;

/** A client of either protocol. */
export type AnyClient = MemoryClient | ProtobufClient;

/** Connects. */
export function connectTo({ server, connect }: Conversant, protocol: Protocol): AnyClient {
  return protocol === "MsgPack:1" ? connect() : new ProtobufClient(server);
}

/** Has an instance and an event to its end; gives what it returned after: the number of PDK calls. */
export async function talk(client: AnyClient): Promise<number> {
  const instance = await client.start("talker");
  let calls = 0;
  if (client instanceof ProtobufClient) {
    client.handle(instance);
    for (let turn = await client.turn(); typeof turn !== "number"; turn = await client.turn()) {
      calls++;
      client.answer(turn.method.startsWith("kong.request") ? text("/") : new Uint8Array(0));
    }
    return calls;
  }
  let { EventId, Data } = await client.event(instance);
  for (; Data !== "ret"; calls++) Data = await client.step(EventId, "/");
  return calls;
}

/** The messages that Kong sends in such a talk. */
export async function recordTalk(protocol: Protocol): Promise<readonly Uint8Array[]> {
  const client = connectTo(startConversant(), protocol);
  const messages: Uint8Array[] = [];
  const feed = client.feed.bind(client) as (...pieces: unknown[]) => void;
  client.feed = (...given: unknown[]) => {
    const pieces = given.flatMap((one) =>
      one instanceof Uint8Array ? [one] : [...one as Uint8Array[]]
    );
    messages.push(concat(...pieces).slice());
    feed(...given);
  };
  await talk(client);
  return messages;
}

/** Sends bytes. */
export function feed(client: AnyClient, bytes: Uint8Array): void {
  if (client instanceof ProtobufClient) client.feed(bytes);
  else client.feed([bytes]);
}

/** How much the server has said to a client, as a number that only grows here. */
function heard(client: AnyClient): number {
  return client instanceof ProtobufClient ? client.frames.length : client.answers.length;
}

/** Within how many milliseconds an answer comes in memory, if one comes. */
const ANSWER_MS = 25;

/**
 * Plays Kong's messages, each when the one before was answered, and stops where there is no answer.
 *
 * @returns whether all of them were answered
 */
export async function play(client: AnyClient, messages: readonly Uint8Array[]): Promise<boolean> {
  for (const bytes of messages) {
    // On a real connection, nothing comes in any more once it is closed.
    if (client.closed) return false;
    const before = heard(client);
    feed(client, bytes);
    const answered = until(() => heard(client) > before || Boolean(client.closed), ANSWER_MS);
    if (!await answered.then(() => true, () => false)) return false;
  }
  return true;
}

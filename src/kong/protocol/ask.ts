// Asks a plugin server who it is, in either protocol, and starts nothing by it.
import * as v from "valibot";
import { RpcCall, RpcReturn } from "./protobuf/generated/messages.ts";
import type { Connection, Runtime } from "../../runtime/contract.ts";
import { frame, FrameReader } from "../../wire/frames.ts";
import { MessageReader } from "../../wire/msgpack/reader.ts";
import { decodeMessage, encodeMessage } from "../../wire/protobuf/codec.ts";

/** What came of a question. */
export type Reply<T> =
  | { readonly kind: "answer"; readonly value: T }
  /** Nothing came in time. */
  | { readonly kind: "silence" }
  | { readonly kind: "closed" }
  /** What came is not the protocol: how it begins. */
  | { readonly kind: "garbage"; readonly bytes: Uint8Array };

/** Largest answer, in bytes. */
const ANSWER_BYTES = 16 * 1024 * 1024;

/** A server's status, as far as its kind says it; times are Unix seconds. */
const StatusSchema = v.looseObject({
  Pid: v.optional(v.number()),
  /** gibbon alone has it. */
  Version: v.optional(v.string()),
  Plugins: v.optional(v.record(
    v.string(),
    v.looseObject({
      LoadTime: v.optional(v.number()),
      Instances: v.optional(v.nullable(v.array(v.unknown()))),
    }),
  )),
});

/** What GetStatus gives. */
export type ServerStatus = v.InferOutput<typeof StatusSchema>;

/** The answer to GetStatus: the status, or what is wrong with it. */
export type StatusAnswer =
  | { readonly status: ServerStatus }
  | { readonly failure: string };

/**
 * The request, in one piece. Its number takes three bytes with a 0 in the middle: a server of
 * ProtoBuf:1 reads the first four as a length, of 13 MB with this and of 3 GB without.
 */
const GET_STATUS = Uint8Array.from([
  ...[0x94, 0x00, 0xcd, 0x00, 0x01, 0xb0],
  ...new TextEncoder().encode("plugin.GetStatus"),
  0x90,
]);

/** A question, and how its answer is read. */
interface Question<T> {
  readonly request: Uint8Array;
  /** Takes what comes; undefined until the answer is whole. @throws if it is none */
  readonly read: (bytes: Uint8Array) => T | undefined;
}

/**
 * Asks for the status over MsgPack:1.
 *
 * @throws whatever the runtime says where it cannot connect
 */
export function askStatus(
  runtime: Pick<Runtime, "connect">,
  path: string,
  timeoutMs: number,
): Promise<Reply<StatusAnswer>> {
  return ask(runtime, path, timeoutMs, [statusQuestion()]) as Promise<Reply<StatusAnswer>>;
}

function statusQuestion(): Question<StatusAnswer> {
  const reader = new MessageReader({ messageBytes: ANSWER_BYTES, nesting: 64 });
  const read = (bytes: Uint8Array) => {
    reader.push(bytes);
    for (let message = reader.next(); message; message = reader.next()) {
      const { value } = message;
      if (!Array.isArray(value)) throw new Error("no message");
      if (value[0] === 1) return readStatus(value[2], value[3]);
      if (value[0] !== 2) throw new Error("no answer");
    }
    return undefined;
  };
  return { request: GET_STATUS, read };
}

function readStatus(error: unknown, result: unknown): StatusAnswer {
  if (error !== null && error !== undefined) return { failure: String(error) };
  const parsed = v.safeParse(StatusSchema, result);
  if (parsed.success) return { status: parsed.output };
  return { failure: `what it says of itself cannot be read: ${parsed.issues[0].message}` };
}

/**
 * Asks for the names of the plugins over ProtoBuf:1. Only for servers that are known to speak it:
 * the first byte of a frame ends Kong's JavaScript server.
 *
 * @throws whatever the runtime says where it cannot connect
 */
export function askNames(
  runtime: Pick<Runtime, "connect">,
  path: string,
  timeoutMs: number,
): Promise<Reply<readonly string[]>> {
  return ask(runtime, path, timeoutMs, [namesQuestion()]) as Promise<Reply<readonly string[]>>;
}

function namesQuestion(): Question<readonly string[]> {
  const call = { $case: "cmd_get_plugin_names", value: {} } as const;
  const request = frame(encodeMessage(RpcCall, { sequence: 1, call }), "little");
  const reader = new FrameReader({ maxBytes: ANSWER_BYTES, byteOrder: "little" });
  const read = (bytes: Uint8Array) => {
    reader.push(bytes);
    const answer = reader.next();
    if (answer === undefined) return undefined;
    const { sequence, return: given } = decodeMessage(RpcReturn, answer);
    if (sequence !== 1) throw new Error("an answer to something else");
    return given?.$case === "plugin_names" ? given.value.names : [];
  };
  return { request, read };
}

/**
 * Asks in either protocol in turn on one connection, as Kong does where plugins of both share a
 * socket. Only for servers that are known to speak both.
 *
 * @throws whatever the runtime says where it cannot connect
 */
export function askInTurn(
  runtime: Pick<Runtime, "connect">,
  path: string,
  timeoutMs: number,
): Promise<Reply<unknown>> {
  const questions = [statusQuestion(), namesQuestion(), statusQuestion()];
  return ask(runtime, path, timeoutMs, questions);
}

/**
 * Connects, and asks one question after the other, until the last has its answer, an answer makes no
 * sense, or the time is over. Gives the last answer.
 */
async function ask(
  runtime: Pick<Runtime, "connect">,
  path: string,
  timeoutMs: number,
  questions: readonly Question<unknown>[],
): Promise<Reply<unknown>> {
  const { promise, resolve } = Promise.withResolvers<Reply<unknown>>();
  const timer = setTimeout(() => resolve({ kind: "silence" }), timeoutMs);
  let connection: Connection | undefined;
  let asked = 0;
  try {
    connection = await runtime.connect(path, {
      data: (bytes) => {
        try {
          const value = questions[asked]?.read(bytes.slice());
          if (value === undefined) return;
          const next = questions[++asked];
          if (next) connection?.write(next.request);
          else resolve({ kind: "answer", value });
        } catch {
          resolve({ kind: "garbage", bytes: bytes.slice() });
        }
      },
      closed: () => resolve({ kind: "closed" }),
    });
    connection.write(questions[0]!.request);
    return await promise;
  } finally {
    clearTimeout(timer);
    connection?.destroy();
  }
}

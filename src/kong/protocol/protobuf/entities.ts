// Kong's entities in ProtoBuf:1: those that it gives, and those that a plugin authenticates with.
import { decodeMessage, encodeMessage } from "../../../wire/protobuf/codec.ts";
import type { ArgumentEncoder } from "./arguments.ts";
import * as messages from "./generated/messages.ts";
import type { Result } from "./results.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a message that were sent. */
function sent(message: object): Fields {
  const entries = Object.entries(message).filter(([, value]) =>
    Array.isArray(value) ? value.length > 0 : value !== undefined
  );
  return Object.fromEntries(entries);
}

/** A route. What is 0 does not travel; of a route without it Kong makes the same. */
export const route: Result = (frame) => {
  if (frame.length === 0) return undefined;
  return { regex_priority: 0, ...sent(decodeMessage(messages.Route, frame)) };
};

/** A service, see `route`. */
export const serviceEntity: Result = (frame) => {
  if (frame.length === 0) return undefined;
  return { retries: 0, ...sent(decodeMessage(messages.Service, frame)) };
};

/** A consumer. */
export const consumer: Result = (frame) =>
  frame.length === 0 ? undefined : sent(decodeMessage(messages.Consumer, frame));

/** A credential. */
export const credential: Result = (frame) =>
  frame.length === 0 ? undefined : sent(decodeMessage(messages.AuthenticatedCredential, frame));

/** Memory of Kong's processes. A worker without a number has none to tell. */
export const memoryStats: Result = (frame) => {
  const { lua_shared_dicts: dicts, workers_lua_vms } = decodeMessage(messages.MemoryStats, frame);
  const shared = Object.entries(sent(dicts ?? {})).map((
    [name, dict],
  ) => [name, { allocated_slabs: 0, capacity: 0, ...sent(dict as object) }]);
  return {
    lua_shared_dicts: Object.fromEntries(shared),
    workers_lua_vms: workers_lua_vms.map(sent),
  };
};

/** A consumer and a credential. Fields that the messages do not have are left behind. */
export const authentication: ArgumentEncoder = ([consumer, credential]) =>
  encodeMessage(messages.AuthenticateArgs, {
    consumer: consumer ? consumerMessage(consumer as Fields) : undefined,
    credential: credential ? credentialMessage(credential as Fields) : undefined,
  });

function consumerMessage(fields: Fields): messages.Consumer {
  return {
    id: given(fields.id) as string | undefined,
    created_at: given(fields.created_at) as number | undefined,
    username: given(fields.username) as string | undefined,
    custom_id: given(fields.custom_id) as string | undefined,
    tags: (given(fields.tags) ?? []) as string[],
  };
}

function credentialMessage(fields: Fields): messages.AuthenticatedCredential {
  const owner = fields.consumer as { id?: unknown } | null | undefined;
  return {
    id: given(fields.id) as string | undefined,
    consumer_id: given(fields.consumer_id ?? owner?.id) as string | undefined,
  };
}

function given(value: unknown): unknown {
  return value ?? undefined;
}

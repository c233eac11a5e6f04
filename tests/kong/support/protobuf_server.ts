// A plugin server in memory whose plugin does what a test says, asked over ProtoBuf:1.
import type { Event } from "../../../src/kong/engine/event.ts";
import type { OnError } from "../../../src/base/on_error.ts";
import * as messages from "../../../src/kong/protocol/protobuf/generated/messages.ts";
import { pluginOf } from "./events.ts";
import { startServer } from "./kong_server.ts";
import { ProtobufClient } from "./protobuf_client.ts";

type Options = Parameters<typeof startServer>[1] & {
  readonly onError?: OnError;
  readonly deadline?: number;
};

/** What a handler of these tests gets: the event itself, with its raw calls. */
export type TestHandler = (event: Event) => unknown;

/** Starts a server with the plugin `guard`, which has the phases access and log. */
export function serveProtobuf(handler: TestHandler, options: Options = {}) {
  const { onError = "fail", deadline, ...rest } = options;
  const begun: Event[] = [];
  const run = () => handler(begun.at(-1)!);
  const plugin = {
    ...pluginOf(run, { name: "guard", onError }),
    deadline,
    handlers: new Map([["access", run], ["log", run]] as const),
  };
  const started = startServer([plugin], {
    attribute: (event, run) => {
      begun.push(event);
      run();
    },
    ...rest,
  });
  const connectProtobuf = () => new ProtobufClient(started.server);
  return { ...started, begun, connectProtobuf };
}

/** The message of a String. */
export function text(v: string): Uint8Array {
  return messages.String.encode({ v }).finish();
}

/** The call that stops a request because its plugin failed. */
export function isFailure({ method, args }: { method: string; args: Uint8Array }): boolean {
  if (method !== "kong.response.exit") return false;
  const { status, body, headers } = messages.ExitArgs.decode(args);
  const [type] = headers?.fields ?? [];
  return status === 500 && type?.key === "Content-Type" &&
    new TextDecoder().decode(body) === '{"message":"An unexpected error occurred"}';
}

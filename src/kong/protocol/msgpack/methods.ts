// The methods of MsgPack:1, by name: each reads its argument and answers, now or later.
import { GibbonError } from "../../../base/errors.ts";
import { printable } from "../../../base/printable.ts";
import { decodeForeign, hasReplacement } from "../../../wire/msgpack/foreign.ts";
import { textBytes } from "../../../wire/msgpack/text_bytes.ts";
import type { KongServer } from "../server.ts";
import type { Event } from "../../engine/event.ts";
import { instanceStatus, pluginInfo, serverStatus } from "../status.ts";
import type { RpcAnswer } from "./answer.ts";
import {
  DirectoryArgument,
  InstanceId,
  PluginName,
  readArgument,
  readHandleEvent,
  readRequest,
  readStep,
  type Request,
  StartInstance,
} from "./messages.ts";

/**
 * Carries out a request. What it throws, now or later, is the error to answer with.
 */
export type RpcMethod = (
  server: KongServer,
  request: Request,
  answer: RpcAnswer,
) => void | Promise<void>;

/** Where the result of a PDK call lies in a Step request. */
const STEP_DATA = [3, 0, "Data"] as const;

/**
 * What is for an event that another worker process has goes there, and the answer comes back; so does
 * what is for an event of a server that had or has the same socket.
 */
function whereItsEventIs(method: RpcMethod): RpcMethod {
  return (server, request, answer) => {
    const { EventId } = readStep(request);
    const { cluster, neighbours } = server.options;
    const elsewhere = cluster?.forward(EventId, request.bytes, answer);
    if (elsewhere) return elsewhere;
    if (!neighbours || server.events.has(EventId)) return method(server, request, answer);
    return neighbours.passOn(request, answer).then((passed) => {
      if (!passed) return method(server, request, answer);
    });
  };
}

const step = whereItsEventIs((server, request, answer) => {
  const { EventId, Data } = readStep(request);
  const event = server.events.get(EventId);
  answer.plugin = event.instance.plugin.name;
  // Kong 2 sends bodies as text, which may not be UTF-8: the plugin gets the very bytes.
  const asBytes = event.wantsBytes && typeof Data === "string";
  const data = asBytes ? textBytes(request.bytes, STEP_DATA) : exactData(Data, request, event);
  event.step(data, answer);
});

/** What Kong answered, with texts that are not UTF-8 as Latin-1: decoding has lost their bytes. */
function exactData(decoded: unknown, request: Request, event: Event): unknown {
  if (event.takesDocument || !hasReplacement(decoded)) return decoded;
  const argument = readRequest({
    value: decodeForeign(request.bytes, event.texts),
    bytes: request.bytes,
  });
  return readStep(argument!).Data;
}

const stepError = whereItsEventIs((server, request, answer) => {
  const { EventId, Data } = readStep(request);
  const event = server.events.get(EventId);
  answer.plugin = event.instance.plugin.name;
  // Whatever it is: what cannot be printed must not leave the event without its answer.
  event.stepError(printable(Data ?? "failed without a reason"), answer);
});

const METHODS = new Map<unknown, RpcMethod>(Object.entries<RpcMethod>({
  "plugin.SetPluginDir": async (server, request, answer) => {
    await server.setPluginDir(readArgument(DirectoryArgument, request));
    answer.result("ok");
  },
  "plugin.GetStatus": (server, _request, answer) => answer.result(serverStatus(server)),
  "plugin.GetPluginInfo": (server, request, answer) => {
    const { plugin } = server.options.registry.get(readArgument(PluginName, request));
    answer.result(pluginInfo(plugin));
  },
  "plugin.StartInstance": async (server, request, answer) => {
    const { Name, Config } = readArgument(StartInstance, request);
    answer.result(instanceStatus((await server.startInstance(Name, Config)).status));
  },
  "plugin.InstanceStatus": (server, request, answer) => {
    const id = readArgument(InstanceId, request);
    answer.result(instanceStatus(server.instances.get(id).status));
  },
  "plugin.CloseInstance": async (server, request, answer) => {
    const id = readArgument(InstanceId, request);
    answer.result(instanceStatus(await server.closeInstance(id)));
  },
  "plugin.HandleEvent": (server, request, answer) => {
    const { InstanceId, EventName } = readHandleEvent(request);
    answer.plugin = server.instances.get(InstanceId).plugin.name;
    server.handleEvent(InstanceId, EventName, answer, answer.refusal);
  },
  "plugin.Step": step,
  "plugin.StepError": stepError,
  "plugin.StepCredential": step,
  "plugin.StepRoute": step,
  "plugin.StepService": step,
  "plugin.StepConsumer": step,
  "plugin.StepMemoryStats": step,
  "plugin.StepMultiMap": step,
}));

/**
 * Finds a method.
 *
 * @throws {GibbonError} PROTOCOL
 */
export function findMethod(name: unknown): RpcMethod {
  const method = METHODS.get(name);
  if (method) return method;
  const shown = typeof name === "string" ? JSON.stringify(name.slice(0, 100)) : typeof name;
  throw new GibbonError("PROTOCOL", `There is no method ${shown}`, {
    remedy: `Methods: ${[...METHODS.keys()].join(", ")}.`,
  });
}

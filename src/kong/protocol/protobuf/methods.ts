// The commands of ProtoBuf:1 that are answered at once, by the names of their fields in RpcCall.
import { GibbonError } from "../../../base/errors.ts";
import type { InstanceStatus } from "../../engine/instance.ts";
import type { KongServer } from "../server.ts";
import { pluginInfo } from "../status.ts";
import type { ReturnValue, RpcCommand } from "./messages.ts";

/** A command other than the one that begins an event. */
export type AnsweredCommand = Exclude<RpcCommand, { $case: "cmd_handle_event" }>;

type Fields<Case extends AnsweredCommand["$case"]> = Extract<
  AnsweredCommand,
  { $case: Case }
>["value"];

type Methods = {
  readonly [Case in AnsweredCommand["$case"]]: (
    server: KongServer,
    fields: Fields<Case>,
  ) => ReturnValue | Promise<ReturnValue>;
};

const decoder = new TextDecoder();

const METHODS: Methods = {
  cmd_get_plugin_names: ({ options }) => {
    const names = options.registry.list().map(({ plugin }) => plugin.name);
    return { $case: "plugin_names", value: { names } };
  },
  cmd_get_plugin_info: ({ options }, { name }) => {
    const info = pluginInfo(options.registry.get(name).plugin);
    return {
      $case: "plugin_info",
      value: {
        name: info.Name,
        updated_at: info.ModTime,
        loaded_at: info.LoadTime,
        phases: [...info.Phases],
        version: info.Version,
        priority: info.Priority,
        schema: JSON.stringify(info.Schema),
      },
    };
  },
  cmd_start_instance: async (server, { name, config }) =>
    statusAnswer((await server.startInstance(name, decoder.decode(config))).status),
  cmd_get_instance_status: ({ instances }, { instance_id }) =>
    statusAnswer(instances.get(instance_id).status),
  cmd_close_instance: async (server, { instance_id }) => {
    try {
      return statusAnswer(await server.closeInstance(instance_id));
    } catch (error) {
      // It is gone, which is what Kong wants; there is no other way to say so.
      if (error instanceof GibbonError && error.code === "NO_INSTANCE") return undefined;
      throw error;
    }
  },
};

/** The configuration is left out: Kong has it, and never looks. */
function statusAnswer({ name, id, startedAt }: InstanceStatus): ReturnValue {
  return {
    $case: "instance_status",
    value: { name, instance_id: id, config: undefined, started_at: Math.floor(startedAt) },
  };
}

/** Carries out a command. What it throws, now or later, cannot be answered. */
export function carryOut(
  server: KongServer,
  command: AnsweredCommand,
): ReturnValue | Promise<ReturnValue> {
  const method = METHODS[command.$case] as (server: KongServer, fields: unknown) => ReturnValue;
  return method(server, command.value);
}

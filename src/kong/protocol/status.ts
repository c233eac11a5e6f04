// What Kong and operators are told of plugins and instances, in the shapes of go-pluginserver.
import type { InstanceStatus } from "../engine/instance.ts";
import type { Plugin, SchemaField } from "../engine/plugin.ts";
import type { RegisteredPlugin } from "../engine/registry.ts";
import { protocolsField } from "../schema/protocols.ts";
import { withoutDescriptions } from "../schema/schema.ts";
import type { Lineage } from "./lineage.ts";
import type { KongServer } from "./server.ts";

/** A plugin as `gibbon dump` prints it for Kong. */
export interface PluginDump {
  readonly Name: string;
  readonly Version: string;
  readonly Priority: number;
  readonly Phases: readonly string[];
  readonly Schema: {
    readonly name: string;
    /** `config`, and `protocols` where Kong's default would be wrong. */
    readonly fields: readonly SchemaField[];
  };
}

/**
 * A plugin for a dump. Kong before 3.4 refuses a schema with descriptions, so they are left out
 * unless they are asked for.
 */
export function pluginDump(plugin: Plugin, descriptions = false): PluginDump {
  const fields = descriptions ? plugin.schema : withoutDescriptions(plugin.schema);
  const config = { config: { type: "record", fields } };
  const protocols = protocolsField(plugin.handlers.keys());
  return {
    Name: plugin.name,
    Version: plugin.version,
    Priority: plugin.priority,
    Phases: [...plugin.handlers.keys()],
    Schema: {
      name: plugin.name,
      fields: protocols === undefined ? [config] : [config, protocols],
    },
  };
}

/** The answer to GetPluginInfo; times in Unix seconds. */
export function pluginInfo(plugin: Plugin): PluginDump & { ModTime: number; LoadTime: number } {
  const times = { ModTime: Math.floor(plugin.modifiedAt), LoadTime: Math.floor(plugin.loadedAt) };
  return { ...pluginDump(plugin), ...times };
}

/** The answer to StartInstance, InstanceStatus and CloseInstance. */
export function instanceStatus(status: InstanceStatus): Record<string, unknown> {
  return {
    Name: status.name,
    Id: status.id,
    Config: status.config,
    StartTime: Math.floor(status.startedAt),
  };
}

/** The answer to GetStatus. */
export function serverStatus(server: KongServer): Record<string, unknown> {
  const plugins: Record<string, unknown> = {};
  for (const entry of server.options.registry.list()) {
    plugins[entry.plugin.name] = pluginStatus(entry, server);
  }
  const { processId, version, lineage } = server.options;
  return {
    Pid: processId,
    ...(version === undefined ? {} : { Version: version }),
    ...(lineage && lineageStatus(lineage)),
    Plugins: plugins,
  };
}

/** For a server that would take the socket over (server/handover); times are Unix milliseconds. */
function lineageStatus({ starter, orphaned, takeovers, older }: Lineage): Record<string, unknown> {
  return {
    ...(starter && {
      Starter: { Pid: starter.pid, StartTicks: starter.startedAt, Name: starter.name },
    }),
    Orphaned: orphaned,
    Takeovers: takeovers,
    Older: older,
  };
}

function pluginStatus(entry: RegisteredPlugin, server: KongServer): Record<string, unknown> {
  const { plugin, lastStart, lastClose } = entry;
  return {
    Name: plugin.name,
    Modtime: Math.floor(plugin.modifiedAt),
    LoadTime: Math.floor(plugin.loadedAt),
    Instances: server.instances.of(plugin.name).map(instanceStatus),
    LastStartInstance: Math.floor(lastStart),
    LastCloseInstance: Math.floor(lastClose),
  };
}

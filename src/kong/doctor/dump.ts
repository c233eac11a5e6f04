// A plugin server's query_cmd: run as Kong runs it, and read as Kong reads it.
import { Buffer } from "node:buffer";
import * as v from "valibot";
import type { KongProtocol } from "../protocol/protocol_of.ts";
import type { SchemaField } from "../engine/plugin.ts";
import { isKongPriority, isKongVersion } from "../loader/kong_rules.ts";
import { withoutDescriptions } from "../schema/schema.ts";
import { decode } from "../../wire/msgpack/codec.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";
import type { PluginServer } from "./plugin_servers.ts";
import { type CommandEnd, OUTPUT_BYTES, runCommand } from "./shell.ts";

/** What Kong learns by a query_cmd. */
export interface Dump {
  readonly findings: readonly Finding[];
  readonly protocol?: KongProtocol;
  /** Names of the plugins. */
  readonly plugins?: readonly string[];
  /** What of the plugins keeps Kong from 3.0 on from starting, in words. */
  readonly refused?: readonly string[];
  /** Whether a schema has descriptions, which Kong before 3.4 refuses. */
  readonly isDescribed?: boolean;
  /** Names of those that run on stream routes. */
  readonly streamPlugins?: readonly string[];
}

/** A plugin server with what its query_cmd gave. */
export type Queried = readonly [server: PluginServer, dump: Dump];

/** Lua writes an empty list as an empty object. */
const list = <T extends v.GenericSchema>(item: T) =>
  v.pipe(
    v.unknown(),
    v.transform((given) => JSON.stringify(given) === "{}" ? [] : given),
    v.array(item),
  );

const PluginSchema = v.looseObject({
  Name: v.pipe(v.string(), v.nonEmpty("must be a name")),
  Version: v.optional(v.string()),
  Priority: v.optional(v.number()),
  Phases: list(v.string()),
  Schema: v.looseObject({
    name: v.optional(v.string()),
    fields: v.array(v.record(v.string(), v.looseObject({}))),
  }),
});

const DumpSchema = v.looseObject({
  Protocol: v.optional(v.picklist(["MsgPack:1", "ProtoBuf:1"]), "MsgPack:1"),
  Plugins: list(PluginSchema),
});

/** Runs a server's query_cmd and checks what it prints. */
export async function checkDump(server: PluginServer, timeoutMs: number): Promise<Dump> {
  const { queryCommand, key, name, infoCommand } = server;
  const subject = infoCommand ? key : `${key}_query_cmd`;
  if (queryCommand === undefined) {
    const text = `it is not set, and there is no /usr/local/bin/${name}: Kong finds no plugins`;
    const remedy = "gibbon kong-config prints what to set.";
    return { findings: [problem(subject, text, remedy)] };
  }
  const printed = await print(queryCommand, subject, timeoutMs);
  if (!("stdout" in printed)) return { findings: [printed] };
  const dump = readDump(subject, Buffer.from(printed.stdout).toString("utf8"));
  if (!infoCommand) return dump;
  const infos = await Promise.all(
    (dump.plugins ?? []).map((plugin) =>
      checkInfo(plugin, infoCommand(plugin), subject, timeoutMs)
    ),
  );
  return { ...dump, findings: [...dump.findings, ...infos] };
}

/** Runs a command; gives what it printed, or the problem that it has. */
async function print(
  command: string,
  subject: string,
  timeoutMs: number,
): Promise<CommandEnd | Finding> {
  const end = await runCommand(command, timeoutMs);
  const failure = failureOf(end, timeoutMs);
  if (failure === undefined) return end;
  const said = errorLines(end.stderr);
  const text = said ? `${failure}; it says: ${said}` : failure;
  return problem(subject, text, `Run it by hand: ${command}`);
}

/** Lines that name an error; what is indented explains one, or is its stack. */
const ERROR_LINE =
  /^(?=\S).*(?:error|exception|panic|fatal|cannot|not found|no such|denied|refused)/i;
/** gibbon's own: a log line of a problem, and why it ended. */
const OWN_LINE = /^(?:\[error\]|gibbon:) /;
/** How much of it is shown, in characters. */
const SAID_LENGTH = 600;

/** What a command's stderr says of its failure: the last lines that name an error, or the last. */
function errorLines(stderr: string): string {
  const lines = stderr.trimEnd().split(/\r?\n/).filter((line) => line.trim() !== "");
  const own = lines.filter((line) => OWN_LINE.test(line));
  const named = own.length > 0 ? own : lines.filter((line) => ERROR_LINE.test(line)).slice(-1);
  const shown = named.length > 0 ? named.slice(-2) : lines.slice(-1);
  return shown.map((line) => line.trim().replace(/^gibbon: /, "").slice(0, SAID_LENGTH)).join("; ");
}

/** Kong 2.x asks for one plugin at a time, in MessagePack. */
async function checkInfo(
  plugin: string,
  command: string,
  subject: string,
  timeoutMs: number,
): Promise<Finding> {
  const printed = await print(command, subject, timeoutMs);
  if (!("stdout" in printed)) return printed;
  try {
    const { Name } = v.parse(PluginSchema, decode(printed.stdout));
    if (Name === plugin) return ok(subject, `Kong 2.x can read its info of ${plugin}`);
  } catch {
    // Neither MessagePack nor a plugin's info: Kong cannot use it either.
  }
  const text = `what it prints of ${plugin} is not that plugin's info in MessagePack`;
  return problem(subject, text, `Run it by hand: ${command}`);
}

function failureOf(
  { code, timedOut, isTooLong, stdout }: CommandEnd,
  timeoutMs: number,
): string | undefined {
  if (isTooLong) return `it prints more than ${OUTPUT_BYTES / 1024 / 1024} MiB`;
  if (timedOut) return `it does not end within ${timeoutMs / 1000} s`;
  if (code === 127) return "there is no such program";
  if (code === 126) return "this user may not run that program";
  if (code !== 0) return `it ends with code ${code}`;
  return stdout.length === 0 ? "it prints nothing" : undefined;
}

function readDump(subject: string, text: string): Dump {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const begin = JSON.stringify(text.slice(0, 60));
    const remedy = "Nothing but JSON may go to its stdout; what it says to people goes to stderr.";
    return { findings: [problem(subject, `what it prints is not JSON: ${begin}`, remedy)] };
  }
  const given = Array.isArray(value) ? { Plugins: value } : value;
  const parsed = v.safeParse(DumpSchema, given, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const place = v.getDotPath(issue) ?? "the whole";
    const remedy = "It must be what gibbon dump prints.";
    const reason = `Kong cannot use what it prints: ${place}: ${issue.message}`;
    return { findings: [problem(subject, reason, remedy)] };
  }
  const plugins = parsed.output.Plugins.map(({ Name }) => Name);
  const protocol = parsed.output.Protocol;
  if (plugins.length === 0) {
    const remedy = "Check the directory that it names with gibbon check.";
    return { protocol, plugins, findings: [problem(subject, "it names no plugin", remedy)] };
  }
  const summary = ok(subject, `${protocol}, plugins ${plugins.join(", ")}`);
  const isDescribed = parsed.output.Plugins.some(({ Schema }) => hasDescriptions(Schema.fields));
  const refused = parsed.output.Plugins.flatMap(({ Name, Version = "", Priority }) => [
    ...isKongVersion(Version) ? [] : [`${Name} has the version ${JSON.stringify(Version)}`],
    ...isKongPriority(Priority) ? [] : [`${Name} has the priority ${Priority ?? "nil"}`],
  ]);
  const forStreams = parsed.output.Plugins.filter(({ Phases }) => Phases.includes("preread"));
  const warnings = [...withoutPhases(subject, parsed), ...withoutProtocols(subject, forStreams)];
  const streamPlugins = forStreams.map(({ Name }) => Name);
  const findings = [summary, ...warnings];
  return { protocol, plugins, refused, isDescribed, streamPlugins, findings };
}

function hasDescriptions(fields: readonly SchemaField[]): boolean {
  return JSON.stringify(withoutDescriptions(fields)) !== JSON.stringify(fields);
}

/** Kong puts a plugin that names no protocols on HTTP routes, where preread is never called. */
function withoutProtocols(
  subject: string,
  plugins: readonly v.InferOutput<typeof PluginSchema>[],
): Finding[] {
  const silent = plugins.filter(({ Schema }) =>
    !Schema.fields.some((field) => "protocols" in field)
  );
  return silent.map(({ Name }) => {
    const text = `${Name} names no protocols: Kong does not call its preread unless they are set`;
    const remedy = "Dump it with this gibbon, or set protocols where the plugin is configured.";
    return warning(subject, text, remedy);
  });
}

function withoutPhases(
  subject: string,
  { output }: { readonly output: v.InferOutput<typeof DumpSchema> },
): Finding[] {
  return output.Plugins.filter(({ Phases }) => Phases.length === 0).map(({ Name }) =>
    warning(subject, `${Name} has no phase, so it is never called`, "Give it a handler.")
  );
}

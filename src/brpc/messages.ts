// What hub and plugin say to each other: Go's structs as gob describes them, and what we make of them.
import { Buffer } from "node:buffer";
import { fit, gob, type GobType, type GobValue } from "../wire/gob/mod.ts";

/** A type in a function's description. */
export interface HubEntity {
  /** Of a struct's field; empty at the top. */
  readonly name: string;
  /** In Go's words: `string`, `int`, `float64`, `bool`, `struct`, `[]T`, `map[K]T`, `interface`. */
  readonly type: string;
  /** Whether a struct has to have the field. */
  readonly mandatory: boolean;
  /** The fields of a struct, also of one in slices and maps. */
  readonly fields: readonly HubEntity[];
}

/** A method as a plugin announces it. What takes or gives nothing has no description. */
export interface HubFunction {
  readonly name: string;
  readonly input?: HubEntity;
  readonly output?: HubEntity;
}

/** What a plugin says of itself. */
export interface PluginInfo {
  readonly name: string;
  readonly version: string;
  /** Its methods by name. */
  readonly functions: Readonly<Record<string, HubFunction>>;
  /** The hub that it is connected to, where hubs are joined. */
  readonly hub?: string;
}

/** A value that a plugin sent without being asked, or the hub's word that it came or went. */
export interface AsyncData<T = unknown> {
  /** The plugin's name. */
  readonly name: string;
  readonly payload: T;
}

interface WireEntity {
  Name: string;
  Type: string;
  Mandatory: boolean;
  Fields: WireEntity[];
}

const Entity: GobType<WireEntity> = gob.struct("Entity", {
  Name: gob.string,
  Type: gob.string,
  Mandatory: gob.bool,
  Fields: gob.slice(gob.lazy((): GobType<WireEntity> => Entity)),
});
const Function = gob.struct("Function", {
  Name: gob.string,
  Input: gob.pointer(Entity),
  Output: gob.pointer(Entity),
});

/** A plugin's first message. */
export const HandshakeType = gob.struct("PluginInfo", {
  Name: gob.string,
  Version: gob.string,
  Functions: gob.map(gob.string, Function),
});
/** The same of versions before 0.0.19. */
const OlderHandshakeType = gob.struct("PluginInfo", {
  Name: gob.string,
  Version: gob.string,
  Functions: gob.slice(Function),
});

/**
 * All messages after the handshake. Seq is a uint64, of which numbers hold 2^53: at a million calls
 * a second that lasts for 285 years.
 */
export const EnvelopeType = gob.struct("Envelope", {
  Seq: gob.uint,
  Trace: gob.string,
  Method: gob.string,
  Error: gob.string,
  /** JSON; empty stands for nil. */
  Payload: gob.bytes,
});

/** A message after the handshake. */
export type Envelope = Readonly<GobValue<typeof EnvelopeType>>;

/** Methods that the protocol has for itself. */
export const METHOD_ASYNC = "Async";
export const METHOD_SHUTDOWN = "Shutdown";
export const RESERVED_METHODS: readonly string[] = [METHOD_ASYNC, METHOD_SHUTDOWN];

/** Go's texts of errors, which callers of both sides may look for. */
export const ERR_SHUTDOWN = "connection is shut down";
export const ERR_METHOD_NOT_FOUND = "method not found";

/**
 * The payload of a Shutdown that means this plugin alone, which brpc has no word for: without it the
 * hub itself is ending, as far as anybody can tell. Plugins in Go do not look at it.
 */
export const UNPLUGGED: Uint8Array = new TextEncoder().encode('"unplug"');

/** Whether a Shutdown means this plugin alone. */
export function isUnplug({ Payload }: Envelope): boolean {
  return Buffer.compare(Payload, UNPLUGGED) === 0;
}

const NOTHING = new Uint8Array(0);

/** An envelope with what is not said left empty. */
export function envelope(parts: Partial<Envelope>): Envelope {
  return { Seq: 0, Trace: "", Method: "", Error: "", Payload: NOTHING, ...parts };
}

/**
 * Reads a plugin's first message.
 *
 * @throws {WireError} if it is none
 */
export function readHandshake(value: unknown): PluginInfo {
  const { Functions: given } = Object(value) as { Functions?: unknown };
  const { Name: name, Version: version, Functions } = Array.isArray(given)
    ? fit(OlderHandshakeType, value)
    : fit(HandshakeType, value);
  const entries = Array.isArray(Functions)
    ? Functions.map((fn) => [fn.Name, fn] as const)
    : [...Functions];
  const functions = Object.fromEntries(
    entries.map(([key, fn]) => [key, readFunction({ ...fn, Name: fn.Name || key })]),
  );
  return { name, version, functions };
}

/** A handshake as gob's encoder takes it. */
export function writeHandshake(info: PluginInfo): GobValue<typeof HandshakeType> {
  const functions = Object.entries(info.functions).map(([name, fn]) =>
    [name, {
      Name: fn.name,
      ...(fn.input && { Input: writeEntity(fn.input) }),
      ...(fn.output && { Output: writeEntity(fn.output) }),
    }] as const
  );
  return { Name: info.name, Version: info.version, Functions: new Map(functions) };
}

/**
 * Reads a message after the handshake.
 *
 * @throws {WireError} if it is none
 */
export function readEnvelope(value: unknown): Envelope {
  return fit(EnvelopeType, value);
}

function readFunction({ Name, Input, Output }: GobValue<typeof Function>): HubFunction {
  return {
    name: Name,
    ...(Input && { input: readEntity(Input) }),
    ...(Output && { output: readEntity(Output) }),
  };
}

function readEntity({ Name, Type, Mandatory, Fields }: WireEntity): HubEntity {
  return { name: Name, type: Type, mandatory: Mandatory, fields: Fields.map(readEntity) };
}

function writeEntity({ name, type, mandatory, fields }: HubEntity): WireEntity {
  return { Name: name, Type: type, Mandatory: mandatory, Fields: fields.map(writeEntity) };
}

// What a test says: the plugin with its configuration, Kong around it, and the requests that come in.
import type * as v from "valibot";
import type { DefinedPlugin } from "../kong/pdk/define_plugin.ts";
import type { Phase } from "../kong/engine/phases.ts";
import type { PdkName } from "./pdk_names.ts";
import type { ProxiedRequest } from "./http_messages.ts";

/** Kong's protocols for plugin servers. */
export const KONG_PROTOCOLS = ["ProtoBuf:1", "MsgPack:1"] as const;

/** One of Kong's protocols for plugin servers. */
export type Protocol = (typeof KONG_PROTOCOLS)[number];

/** What a module that is a plugin exports: its names, with the plugin under `default` or `Plugin`. */
export type PluginModule = { readonly default: unknown } | { readonly Plugin: unknown };

/**
 * A plugin to test: what a module exports by default, all that it exports, or where the module is. A
 * path is read from the current directory, so `new URL("./plugin.ts", import.meta.url)` is safer.
 */
export type TestablePlugin = Omit<DefinedPlugin, "config"> | PluginModule | URL | string;

/** A value as a configuration in JSON has it: a set as an array, a map as an object. */
export type InJson<Value> = Value extends ReadonlySet<infer Item> ? readonly InJson<Item>[]
  : Value extends ReadonlyMap<string, infer Item> ? { readonly [key: string]: InJson<Item> }
  : Value extends readonly (infer Item)[] ? readonly InJson<Item>[]
  : Value extends object ? { readonly [Key in keyof Value]: InJson<Value[Key]> }
  : Value;

/** The configuration that a plugin takes, as far as its type tells. */
export type ConfigOf<Plugin> = Plugin extends
  { readonly config?: v.GenericSchema<infer Input, unknown> } ? InJson<Input>
  : Plugin extends { readonly default: infer Default } ? ConfigOf<Default>
  : Readonly<Record<string, unknown>>;

/** A plugin as Kong is configured with it. */
export interface PluginOptions<Plugin = unknown> {
  /** As in Kong: defaults are filled in, and what does not fit is an error. */
  readonly config?: ConfigOf<Plugin>;
  /** What Kong calls it, where neither the plugin nor its file says so. */
  readonly name?: string;
  /** What it is configured on: everything, unless this says the route, the service or the consumer. */
  readonly on?: "route" | "service" | "consumer";
}

/** A plugin among others. */
export interface TestedPlugin<Plugin = unknown> extends PluginOptions<Plugin> {
  readonly plugin: TestablePlugin;
}

/** Fields of an entity, as kong.yml has them. */
export type EntityParts = Readonly<Record<string, unknown>>;

/** What goes wrong with calls of one function of the PDK. */
export interface PdkFault {
  /** Kong raises an error of this text, and the client gets a 500, as in production. */
  readonly fails?: string;
  /** Kong gives this, whatever it is asked. `undefined` is Lua's nil. */
  readonly gives?: unknown;
  /** Kong answers so much later, in milliseconds of the gateway's clock: nobody really waits. */
  readonly lateMs?: number;
}

/** Faults by the function's name, as plugins write it or as Kong has it. */
export type PdkFaults = { readonly [Name in PdkName]?: PdkFault };

/** What a service answers. */
export interface UpstreamAnswer {
  /** 200 unless said otherwise. */
  readonly status?: number;
  readonly headers?: HeaderInit;
  readonly body?: BodyInit;
}

/** What becomes of a request at the service. `unreachable`: no connection. `timeout`: no answer. */
export type UpstreamOutcome = UpstreamAnswer | "unreachable" | "timeout";

/** A service: an answer, or a function that makes one. */
export type Upstream =
  | UpstreamOutcome
  | ((request: ProxiedRequest) => UpstreamOutcome | Promise<UpstreamOutcome>);

/** Kong around the plugins. Entities have the fields of kong.yml, and Kong's rules hold for them. */
export interface TestOptions {
  /** What Kong and gibbon speak; `ProtoBuf:1` unless said otherwise. */
  readonly protocol?: Protocol;
  /** The service: its fields, or its URL. `http://upstream.test` unless said otherwise. */
  readonly service?: EntityParts | string | URL;
  /** The route that leads to it. `{ paths: ["/"], strip_path: false }` unless said otherwise. */
  readonly route?: EntityParts;
  /** Consumers that there are, with their credentials: as in kong.yml. */
  readonly consumers?: readonly EntityParts[];
  /** What else stands in kong.yml: `upstreams`, `vaults`, Kong's own `plugins`. */
  readonly entities?: EntityParts;
  /** What the service answers, where a request does not say it: 200 without a body. */
  readonly upstream?: Upstream;
  /** Variables that references to secrets lead to: `{vault://env/...}`. */
  readonly env?: Readonly<Record<string, string>>;
  /** What goes wrong with calls of the PDK, in all requests. */
  readonly pdk?: PdkFaults;
  /** What time it is when the gateway starts; the machine's time unless said otherwise. */
  readonly now?: Date | string | number;
}

/** Lines of a head by name; a list where a name comes more than once. */
export type HeaderInit = Readonly<Record<string, string | number | readonly string[]>>;

/** A body: text, bytes, or a value that goes out as JSON, with its content type. */
export type BodyInit = string | Uint8Array | object;

/** An end of a connection. */
export interface TestAddress {
  readonly ip?: string;
  readonly port?: number;
}

/** What requests and connections have in common. */
export interface ArrivalOptions {
  /** The client: 127.0.0.1 unless said otherwise. */
  readonly client?: TestAddress;
  /** Who asks, as if a plugin before had found out; fields of Kong's entity. */
  readonly consumer?: EntityParts;
  /** What it was found out by. */
  readonly credential?: EntityParts;
  /** What goes wrong with calls of the PDK; goes before what the gateway has. */
  readonly pdk?: PdkFaults;
}

/** A request that comes in. */
export interface TestRequest extends ArrivalOptions {
  /** `GET` unless there is a body: then `POST`. */
  readonly method?: string;
  /** Path with its query: `/` unless said otherwise. */
  readonly path?: string;
  /** More arguments of the query. */
  readonly query?: Readonly<Record<string, string | number | readonly string[]>>;
  readonly headers?: HeaderInit;
  readonly body?: BodyInit;
  /** `https` stands for a connection of TLS, with the certificate phase. */
  readonly scheme?: "http" | "https";
  /** The header Host, where `headers` has none: `localhost`. */
  readonly host?: string;
  /** 1.1 unless said otherwise. */
  readonly httpVersion?: 1.0 | 1.1 | 2;
  /** Where Kong listens: port 8000, or 8443 for https. */
  readonly server?: TestAddress;
  /** Of the TLS connection: its version, the name asked for, and the client's certificates in PEM. */
  readonly tls?: {
    readonly version?: string;
    readonly sni?: string;
    readonly clientCertificates?: string;
  };
  /** What the service answers. */
  readonly upstream?: Upstream;
  /** The one phase in which handlers run. All of them do unless this says one. */
  readonly phase?: Exclude<Phase, "preread">;
}

/** A connection of TCP or TLS that comes in at a route of streams. */
export interface TestConnection extends ArrivalOptions {
  /** What the client sends first. */
  readonly bytes?: string | Uint8Array;
  /** The name in the client's TLS hello, where the stream is TLS. */
  readonly sni?: string;
  /** Where Kong listens: port 9000. */
  readonly server?: TestAddress;
}

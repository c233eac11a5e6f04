// key-auth: a key in a header, the query or the body.
import * as v from "valibot";
import { strictRecord } from "../config/entity_parts.ts";
import { flag, headerField, list, text } from "../config/field_types.ts";
import { isLuaTable } from "../lua/values.ts";
import {
  authenticated,
  type AuthIdentity,
  type BundledPlugin,
  type BundledRun,
  type Refusal,
  refuseWithError,
} from "./bundled_plugin.ts";
import { consumerOf } from "./credentials.ts";

type Config = Readonly<Record<string, unknown>>;

const valueOf = (table: unknown, name: string): unknown =>
  table instanceof Map ? table.get(name) : isLuaTable(table) ? (table as Config)[name] : undefined;

async function hide({ perform }: BundledRun, name: string, body: unknown): Promise<void> {
  await perform("kong.service.request.clear_query_arg", [name]);
  await perform("kong.service.request.clear_header", [name]);
  if (!isLuaTable(body)) return;
  const entries = body instanceof Map ? [...body] : Object.entries(body);
  const rest = Object.fromEntries(entries.filter(([key]) => key !== name));
  await perform("kong.service.request.set_body", [rest]);
}

async function identify(run: BundledRun, config: Config): Promise<AuthIdentity | Refusal> {
  const { perform, store } = run;
  const { realm } = config;
  const challenge = realm === undefined ? "Key" : `Key realm="${realm}"`;
  const refused = (message: string): Refusal => ({ status: 401, message, challenge });
  const headers = await perform("kong.request.get_headers", []);
  const query = await perform("kong.request.get_query", []);
  const body = config.key_in_body === true ? await perform("kong.request.get_body", []) : undefined;
  for (const name of config.key_names as readonly string[]) {
    const places = [
      ...config.key_in_header === true ? [valueOf(headers, name.toLowerCase())] : [],
      ...config.key_in_query === true ? [valueOf(query, name)] : [],
      valueOf(body, name),
    ];
    const key = places.find((value) => value !== undefined);
    if (isLuaTable(key)) return refused("Duplicate API key found");
    if (typeof key !== "string") continue;
    if (config.hide_credentials === true) await hide(run, name, body);
    if (key === "") break;
    const credential = store.keyAuth.find((one) => one.key === key);
    if (!credential) return refused("Unauthorized");
    return { consumer: consumerOf(store, credential), credential, identifier: credential.id };
  }
  return refused("No API key found in request");
}

/** Kong's key-auth. */
export const keyAuth: BundledPlugin = {
  priority: 1250,
  config: strictRecord({
    key_names: v.optional(list(headerField), ["apikey"]),
    hide_credentials: v.optional(flag, false),
    anonymous: v.optional(text),
    key_in_header: v.optional(flag, true),
    key_in_query: v.optional(flag, true),
    key_in_body: v.optional(flag, false),
    run_on_preflight: v.optional(flag, true),
    realm: v.optional(text),
  }),
  access: (run, config) =>
    authenticated(run, config, () => identify(run, config), refuseWithError(run)),
};

// What a plugin that comes with Kong is here: a configuration, and what it does by calls of the PDK.
import type * as v from "valibot";
import type { EntityRecord } from "../entities.ts";
import type { PerformCall } from "../runner.ts";
import type { CredentialStore } from "./credentials.ts";

/** What a run of a plugin works with. */
export interface BundledRun {
  /** Makes a PDK call; one that ends the request throws. */
  readonly perform: PerformCall;
  readonly store: CredentialStore;
}

/** A plugin of Kong's. It works in access alone. */
export interface BundledPlugin {
  readonly priority: number;
  readonly config: v.GenericSchema<unknown, Readonly<Record<string, unknown>>>;
  access(run: BundledRun, config: Readonly<Record<string, unknown>>): Promise<void>;
}

/** Why somebody is not let in. */
export interface Refusal {
  readonly status: number;
  /** As Kong's error says it, or the body's fields. */
  readonly message: string | Readonly<Record<string, unknown>>;
  readonly challenge?: string;
}

/** Somebody who is let in. */
export interface AuthIdentity {
  readonly consumer: EntityRecord | undefined;
  readonly credential: EntityRecord;
  /** What goes to the service as X-Credential-Identifier. */
  readonly identifier: unknown;
}

/** Says who asks: to plugins, and to the service. */
export async function authenticate(
  { perform }: BundledRun,
  consumer: EntityRecord | undefined,
  identity?: AuthIdentity,
): Promise<void> {
  await perform("kong.client.authenticate", [consumer, identity?.credential]);
  const headers: Readonly<Record<string, unknown>> = {
    "X-Consumer-ID": consumer?.id,
    "X-Consumer-Custom-ID": consumer?.custom_id,
    "X-Consumer-Username": consumer?.username,
    "X-Credential-Identifier": identity?.identifier,
    "X-Anonymous-Consumer": identity ? undefined : true,
  };
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) await perform("kong.service.request.clear_header", [name]);
    else await perform("kong.service.request.set_header", [name, value]);
  }
}

/**
 * Lets a request in or not. With `anonymous` whoever cannot say who he is goes on as that consumer.
 *
 * @param identify finds out who asks
 * @param refuse answers
 */
export async function authenticated(
  run: BundledRun,
  config: Readonly<Record<string, unknown>>,
  identify: () => Promise<AuthIdentity | Refusal>,
  refuse: (refusal: Refusal) => Promise<unknown>,
): Promise<void> {
  const { perform, store } = run;
  const { anonymous } = config;
  if (config.run_on_preflight === false) {
    if (await perform("kong.request.get_method", []) === "OPTIONS") return;
  }
  if (anonymous !== undefined && await perform("kong.client.get_credential", [])) return;
  const found = await identify();
  if ("credential" in found) return await authenticate(run, found.consumer, found);
  if (anonymous === undefined) return void await refuse(found);
  const consumer = store.consumers.find(({ id, username }) =>
    id === anonymous || username === anonymous
  );
  if (consumer) return await authenticate(run, consumer);
  const message = `anonymous consumer ${anonymous} is configured but doesn't exist`;
  await perform("kong.response.error", [500, message]);
}

/** Answers with Kong's own error. */
export function refuseWithError({ perform }: BundledRun) {
  return ({ status, message, challenge }: Refusal) =>
    perform("kong.response.error", [
      status,
      message,
      ...challenge === undefined ? [] : [{ "WWW-Authenticate": challenge }],
    ]);
}

// Who can ask: consumers and their credentials, as a configuration has them.
import { createHash } from "node:crypto";
import type { EntityRecord } from "../entities.ts";

/** Consumers, and what they show. */
export interface CredentialStore {
  readonly consumers: readonly EntityRecord[];
  readonly keyAuth: readonly EntityRecord[];
  readonly basicAuth: readonly EntityRecord[];
  readonly jwt: readonly EntityRecord[];
  readonly acls: readonly EntityRecord[];
}

/** The consumer of a credential. */
export function consumerOf(
  store: CredentialStore,
  credential: EntityRecord,
): EntityRecord | undefined {
  const { id } = credential.consumer as EntityRecord;
  return store.consumers.find((consumer) => consumer.id === id);
}

/** What Kong keeps of a password. */
export function passwordHash(consumerId: unknown, password: string | Uint8Array): string {
  return createHash("sha1").update(password).update(String(consumerId)).digest("hex");
}

// acl: consumers of some groups are let in, or kept out.
import * as v from "valibot";
import { strictRecord } from "../config/entity_parts.ts";
import { flag, list, text } from "../config/field_types.ts";
import type { EntityRecord } from "../entities.ts";
import type { BundledPlugin, BundledRun } from "./bundled_plugin.ts";

type Config = Readonly<Record<string, unknown>>;

const FORBIDDEN = [403, "You cannot consume this service"] as const;

async function access({ perform, store }: BundledRun, config: Config): Promise<void> {
  const consumer = await perform("kong.client.get_consumer", []) as EntityRecord | undefined;
  const credential = await perform("kong.client.get_credential", []);
  // Whoever has no credential is asked for one.
  const refuse = () => perform("kong.response.error", credential ? [...FORBIDDEN] : [401]);
  if (!consumer) return void await refuse();
  const groups = store.acls
    .filter((acl) => (acl.consumer as EntityRecord).id === consumer.id)
    .map(({ group }) => String(group));
  const denied = config.deny as readonly string[] | undefined;
  if (!denied?.length && groups.length === 0) return void await refuse();
  const isIn = groups.some((group) =>
    (denied ?? config.allow as readonly string[]).includes(group)
  );
  if (isIn === (denied !== undefined)) {
    return void await perform("kong.response.error", [...FORBIDDEN]);
  }
  if (config.hide_groups_header === true || groups.length === 0) return;
  await perform("kong.service.request.set_header", ["X-Consumer-Groups", groups.join(", ")]);
}

/** Kong's acl, for the groups of consumers. */
export const acl: BundledPlugin = {
  priority: 950,
  config: v.pipe(
    strictRecord({
      allow: v.optional(list(text)),
      deny: v.optional(list(text)),
      hide_groups_header: v.optional(flag, false),
      always_use_authenticated_groups: v.optional(flag, false),
    }),
    v.check(
      ({ allow, deny }) => (allow === undefined) !== (deny === undefined),
      "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'",
    ),
  ),
  access,
};

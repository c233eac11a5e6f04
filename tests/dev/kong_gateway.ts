// A development gateway with a kong.yml that a test brings.
import { readKongConfig } from "../../src/kong/emulator/config/kong_config.ts";
import { startDev, type TestPlugin } from "./dev_gateway.ts";

type Kong = Parameters<NonNullable<TestPlugin["access"]>>[0];

/** A schema with a field that can be a reference, and one that cannot. */
export const SCHEMA: TestPlugin["schema"] = [
  { tag: { type: "string", default: "default" } },
  { secret: { type: "string", referenceable: true } },
  { plain: { type: "string" } },
];

/** Says in a header how it is configured, and for whom the request is. */
export const teller = (name: string, priority: number): TestPlugin => ({
  name,
  priority,
  schema: SCHEMA!,
  access: async (kong: Kong, config) => {
    const consumer = await kong.client.getConsumer();
    const route = await kong.router.getRoute();
    const service = await kong.router.getService();
    await kong.response.setHeader(`X-${name}`, String(config.tag));
    await kong.response.setHeader(
      `X-${name}-Seen`,
      [consumer?.username, route?.name, service?.name].map((one) => one ?? "-").join(" "),
    );
  },
});

/** Starts a gateway with a kong.yml, without the line of its version. */
export const startWithKong = (text: string, plugins: readonly TestPlugin[], more = {}) =>
  startDev(plugins, { kong: readKongConfig(`_format_version: "3.0"\n${text}`), ...more });

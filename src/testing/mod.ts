// What tests can import from "gibbon/testing": the kit and nothing else.

/**
 * Tests of plugins for Kong Gateway, without Kong: {@linkcode testPlugin} puts a plugin behind an
 * acted-out Kong in memory. docs/authors/testing.md says how to use it.
 *
 * @module
 */
export { onBothProtocols, testPlugin, testPlugins } from "./test_plugin.ts";
export { TestGateway } from "./gateway.ts";
export type {
  BodyInit,
  ConfigOf,
  EntityParts,
  HeaderInit,
  InJson,
  PdkFault,
  PdkFaults,
  PluginModule,
  PluginOptions,
  Protocol,
  TestablePlugin,
  TestAddress,
  TestConnection,
  TestedPlugin,
  TestOptions,
  TestRequest,
  Upstream,
  UpstreamAnswer,
  UpstreamOutcome,
} from "./options.ts";
export { KONG_PROTOCOLS } from "./options.ts";
export type { PdkName } from "./pdk_names.ts";
export { HeaderLines, ProxiedRequest, TestResponse } from "./http_messages.ts";
export type {
  ConnectionOutcome,
  KongLogLine,
  Outcome,
  PdkCall,
  PluginFailure,
  RequestOutcome,
} from "./results.ts";

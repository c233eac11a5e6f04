// Requests of MsgPack:1, right and nearly right.
import fc, { type Arbitrary } from "fast-check";
import { anyValue, arrayOf, encoded, encodedText, mapOf, mostly } from "./msgpack.ts";
import { someInteger, streamOf } from "./parts.ts";

/** All methods, the most frequent ones more often, and some that there are not. */
const METHODS = [
  ...["HandleEvent", "HandleEvent", "HandleEvent", "Step", "Step", "Step", "StepError"],
  ...["StepCredential", "StepRoute", "StepService", "StepConsumer", "StepMemoryStats"],
  ...["StepMultiMap", "StartInstance", "StartInstance", "InstanceStatus", "CloseInstance"],
  ...["GetStatus", "GetPluginInfo", "SetPluginDir", "Nothing", ""],
].map((name) => `plugin.${name}`);

const PHASES = ["access", "log", "certificate", "rewrite", "preread", "response", "none", ""];

/** A configuration as Kong sends it: JSON, or what should be. */
export const configText: Arbitrary<string> = fc.oneof(
  fc.constantFrom("{}", "null", "", "{", '{"__plugin_id":"x"}', '{"__proto__":{"a":1}}'),
  fc.json({ maxDepth: 3 }),
);

const argument = fc.oneof(
  mapOf({
    InstanceId: mostly(encoded(someInteger)),
    EventName: encoded(fc.constantFrom(...PHASES)),
  }),
  mapOf({ EventId: mostly(encoded(someInteger)), Data: anyValue }),
  mapOf({
    Name: mostly(encoded(fc.constantFrom("guard", "sim", "nothing"))),
    Config: mostly(encoded(configText)),
  }),
  encodedText,
  anyValue,
);

/** Request, response and notification; and others. */
const kind = encoded(fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 2, 3, null));

/** One request. */
export const request: Arbitrary<Uint8Array> = arrayOf(
  kind,
  mostly(encoded(someInteger)),
  mostly(encoded(fc.constantFrom(...METHODS))),
  mostly(arrayOf(argument)),
);

/** What comes in on a connection. */
export const requestStream: Arbitrary<Uint8Array> = streamOf(
  fc.oneof({ weight: 12, arbitrary: request }, { weight: 1, arbitrary: anyValue }),
);

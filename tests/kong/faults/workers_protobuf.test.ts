// Plugins that misbehave in the default layout, over ProtoBuf:1.
import { MODES } from "./modes/all.ts";
import { testModes } from "./suite.ts";
import { THIS_RUNTIME } from "./this_runtime.ts";

testModes(
  { program: THIS_RUNTIME, layout: "workers", protocol: "ProtoBuf:1" },
  MODES.filter(({ quick }) => quick),
);

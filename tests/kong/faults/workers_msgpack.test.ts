// Plugins that misbehave in the default layout, over MsgPack:1.
import { MODES } from "./modes/all.ts";
import { testModes } from "./suite.ts";
import { THIS_RUNTIME } from "./this_runtime.ts";

testModes(
  { program: THIS_RUNTIME, layout: "workers", protocol: "MsgPack:1" },
  MODES.filter(({ quick }) => quick),
);

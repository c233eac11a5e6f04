// Plugins that misbehave in a server of one process, where nobody but itself can keep it alive.
import { PROTOCOLS } from "../life/nginx/worker.ts";
import { MODES } from "./modes/all.ts";
import { testModes } from "./suite.ts";
import { THIS_RUNTIME } from "./this_runtime.ts";

/** Of each kind one that the process has to survive. */
const NAMES = [
  ...["throws-a-revoked-proxy", "returns-a-then-that-is-silent", "floats-a-stack-that-throws"],
  ...["exits", "removes-all-listeners", "replaces-emit", "patches-map-get", "throws-in-a-timer"],
  ...["floats-at-its-top-level", "listens-for-exceptions-and-throws"],
];

for (const protocol of PROTOCOLS) {
  testModes(
    { program: THIS_RUNTIME, layout: "one process", protocol },
    MODES.filter(({ name }) => NAMES.includes(name)),
  );
}

// The modules that tests of plugins can import, with nothing installed: the kit, and all that plugins
// can. The kit comes first: it has to be there before gibbon takes note of the built-in objects.
import * as testing from "../testing/mod.ts";
import type { ProvidedModules } from "../runtime/contract.ts";
import { PROVIDED_MODULES } from "./provided_modules.ts";

export const TEST_MODULES: ProvidedModules = {
  ...PROVIDED_MODULES,
  "gibbon/testing": { ...testing },
};

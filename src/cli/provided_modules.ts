// The modules that every plugin can import, with nothing installed beside it.
import * as valibot from "valibot";
import * as gibbon from "../../mod.ts";
import * as brpc from "../brpc/mod.ts";
import * as proxHost from "../prox/host/mod.ts";
import * as prox from "../prox/mod.ts";
import type { ProvidedModules } from "../runtime/contract.ts";

/** What plugins for Kong's JavaScript server import for its types; at run time there is nothing. */
class Kong {}

export const PROVIDED_MODULES: ProvidedModules = {
  "gibbon": { ...gibbon },
  "gibbon/prox": { ...prox },
  "gibbon/prox/host": { ...proxHost },
  "gibbon/brpc": { ...brpc },
  "valibot": { ...valibot },
  "kong-pdk": { default: Kong },
  "kong-pdk/kong": { default: Kong },
};

// What a server refuses to run, because it has done harm before.
import type { GibbonError } from "../../base/errors.ts";
import type { Instance } from "../engine/instance.ts";
import type { Phase } from "../engine/phases.ts";

/** Refuses events and starts of instances. */
export interface Refusing {
  /** Why an event is not begun: PLUGIN_STOPPED; undefined if nothing speaks against it. */
  event(instance: Instance, phase: Phase): GibbonError | undefined;
  /** The same for the start of an instance. */
  start(plugin: string, config: unknown): GibbonError | undefined;
}

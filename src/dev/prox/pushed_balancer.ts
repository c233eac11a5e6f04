// The targets of the gateway's route, which know whether a plugin has pushed any.
import { GroupedBalancer } from "../../prox/host/grouped_balancer.ts";

/** Takes what plugins push. */
export class PushedBalancer extends GroupedBalancer {
  #hasBeenPushed = false;

  /** Whether a plugin has pushed a list, be it an empty one: the service is out of the game then. */
  get hasBeenPushed(): boolean {
    return this.#hasBeenPushed;
  }

  override swapTargets(targets: readonly string[]): void {
    this.#hasBeenPushed = true;
    super.swapTargets(targets);
  }

  override swapGroupedTargets(groups: Readonly<Record<string, readonly string[]>>): void {
    this.#hasBeenPushed = true;
    super.swapGroupedTargets(groups);
  }
}

// Where this server comes from.
import process from "node:process";
import type { Lineage, Starter } from "../../protocol/lineage.ts";
import { lives, masterOf, starterOf } from "./starter.ts";

/** The lineage of this process, or in a worker that of its supervisor. */
export class OwnLineage implements Lineage {
  readonly starter: Starter | undefined;
  takeovers: readonly number[] = [];
  older: readonly string[] = [];
  readonly #master: Starter | undefined;
  /** Says whether the starter is gone where its process cannot be looked at. */
  readonly #gone: () => boolean;

  private constructor(starter: Starter | undefined, gone: () => boolean) {
    this.starter = starter;
    this.#master = starter && masterOf(starter);
    this.#gone = gone;
  }

  /** To be called early: who started this process may go at any time. */
  static ofThisProcess(): OwnLineage {
    const { pid, ppid } = process;
    return new OwnLineage(starterOf(pid), () => process.ppid !== ppid);
  }

  /** In a worker: what its supervisor has told it. */
  static ofSupervisor(starter: Starter | undefined): OwnLineage {
    return new OwnLineage(starter, () => false);
  }

  /** Whether Kong goes on: if this server is told to stop, it starts another one. */
  get isKongThere(): boolean {
    return this.#master !== undefined && lives(this.#master);
  }

  get orphaned(): boolean {
    return this.starter ? !lives(this.starter) : this.#gone();
  }
}

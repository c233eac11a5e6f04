// Tells the supervisor which module a worker process imports, before it does: it may end the process.
import type { ImportWatch } from "../../../modules/import_candidate.ts";
import type { ToSupervisor } from "./messages.ts";
import { type ImportOrders, stampOf, type UnloadableModule } from "./unloadable.ts";

/** What it needs of the channel to the supervisor. */
interface Line {
  ask(question: ToSupervisor): Promise<unknown>;
  tell(question: ToSupervisor): void;
}

/** Tells of imports, and leaves out what has ended or blocked an earlier worker. */
export class ImportReport implements ImportWatch {
  readonly first: readonly string[];
  readonly #line: Line;
  readonly #unloadable: ReadonlyMap<string, UnloadableModule>;
  /** Those under way, in the order in which they were begun. */
  readonly #files = new Set<string>();
  #begun = 0;

  constructor(line: Line, { unloadable, suspects }: ImportOrders) {
    this.#line = line;
    this.#unloadable = new Map(unloadable.map((module) => [module.file, module]));
    this.first = suspects;
  }

  async begins(file: string): Promise<string | undefined> {
    const known = this.#unloadable.get(file);
    if (known && known.stamp === stampOf(file)) return known.deed;
    this.#files.add(file);
    this.#begun++;
    await this.#line.ask(this.#report());
    return undefined;
  }

  ended(file: string): void {
    if (this.#files.delete(file)) this.#line.tell(this.#report());
  }

  #report(): ToSupervisor {
    const files = [...this.#files].reverse();
    const isAlone = this.#begun === 1;
    return { kind: "importing", modules: files.length > 0 ? { files, isAlone } : null };
  }
}

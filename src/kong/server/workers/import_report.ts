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
  readonly first: string | undefined;
  readonly #line: Line;
  readonly #unloadable: ReadonlyMap<string, UnloadableModule>;
  /** Those under way, in the order in which they were begun. */
  readonly #files = new Set<string>();
  /** The first one of the process. */
  #earliest: string | undefined;

  constructor(line: Line, { unloadable, suspect }: ImportOrders) {
    this.#line = line;
    this.#unloadable = new Map(unloadable.map((module) => [module.file, module]));
    this.first = suspect ?? undefined;
  }

  async begins(file: string): Promise<string | undefined> {
    const known = this.#unloadable.get(file);
    if (known && known.stamp === stampOf(file)) return known.deed;
    this.#files.add(file);
    this.#earliest ??= file;
    await this.#line.ask(this.#report());
    return undefined;
  }

  ended(file: string): void {
    if (this.#files.delete(file)) this.#line.tell(this.#report());
  }

  #report(): ToSupervisor {
    // The others wait for something: the one that began last has run last.
    const file = [...this.#files].at(-1);
    const module = file === undefined ? null : { file, isFirst: file === this.#earliest };
    return { kind: "importing", module };
  }
}

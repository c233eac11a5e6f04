// Tells the supervisor which module a worker process imports, before it does: it may end the process.
import type { ImportWatch } from "../../../modules/import_candidate.ts";
import type { ToSupervisor } from "./messages.ts";
import { type ImportOrders, stampOf, type UnloadableModule } from "./unloadable.ts";

/** What it needs of the channel to the supervisor. */
interface Line {
  ask(question: ToSupervisor): Promise<unknown>;
  tell(question: ToSupervisor): void;
}

/** How many modules are told of besides those under way: a deed may come late. */
const MOST_ENDED = 16;

/** Tells of imports, and leaves out what has ended or blocked an earlier worker. */
export class ImportReport implements ImportWatch {
  readonly first: readonly string[];
  readonly #line: Line;
  readonly #unloadable: ReadonlyMap<string, UnloadableModule>;
  /** Those under way, in the order in which they were begun. */
  readonly #files = new Set<string>();
  /** Those imported last, the last of them first. */
  #ended: string[] = [];
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
    if (!this.#files.delete(file)) return;
    this.#ended = [file, ...this.#ended.filter((other) => other !== file)].slice(0, MOST_ENDED);
    this.#line.tell(this.#report());
  }

  #report(): ToSupervisor {
    if (this.#files.size === 0) return { kind: "importing", modules: null };
    const files = [...new Set([...[...this.#files].reverse(), ...this.#ended])];
    const [underWay, isAlone] = [this.#files.size, this.#begun === 1];
    return { kind: "importing", modules: { files, underWay, isAlone } };
  }
}

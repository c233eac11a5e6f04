// Tells which code of a plugin runs, before it does.
import type { EventRecorder, RecordedEvent } from "../../kong/engine/recorder.ts";
import type { ImportWatch } from "../../modules/import_candidate.ts";
import type { StateWriter } from "./state.ts";

/** Writes down the code that begins to run: modules, `init`, handlers, and handlers that go on. */
export class LastRun implements EventRecorder, ImportWatch {
  readonly #state: StateWriter;
  readonly #fileOf: (plugin: string) => string | undefined;
  #last = "";

  /** @param fileOf the module of a plugin */
  constructor(state: StateWriter, fileOf: (plugin: string) => string | undefined) {
    this.#state = state;
    this.#fileOf = fileOf;
  }

  /** An instance of a plugin is about to be started. */
  readonly starting = (plugin: string): void => {
    this.#runs("init", this.#fileOf(plugin) ?? "", plugin);
  };

  begins(file: string): Promise<undefined> {
    this.#runs("import", file);
    return Promise.resolve(undefined);
  }

  began(event: RecordedEvent): void {
    this.runs(event);
  }

  runs(event: RecordedEvent): void {
    const { name, file } = event.instance.plugin;
    this.#runs(event.phase, file, name);
  }

  waits(): void {}

  ended(): void {}

  #runs(doing: string, file: string, plugin?: string): void {
    const key = `${doing} ${file}`;
    if (key === this.#last) return;
    this.#last = key;
    this.#state.write({ ran: plugin === undefined ? { doing, file } : { doing, file, plugin } });
  }
}

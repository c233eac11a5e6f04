// Writes down what a worker runs, so that the supervisor knows it when the worker has died.
import type { SharedCells } from "../../../../runtime/contract.ts";
import type { EventRecorder, RecordedEvent } from "../../../engine/recorder.ts";
import { instanceCell, PLACES, toCell } from "./layout.ts";

/** No place: everything is in use, or nothing was written down. */
const NOWHERE = -1;

/** Events and starts of instances, each in a place of its own. */
export class RunningWriter implements EventRecorder {
  readonly #cells: SharedCells;
  readonly #free = Array.from({ length: PLACES }, (_, index) => PLACES - 1 - index);
  #turn = 0;
  /** Events that have begun: all but the sign bit of a cell. */
  #begun = 0;

  constructor(cells: SharedCells) {
    this.#cells = cells;
  }

  began(event: RecordedEvent): void {
    this.#begun = (this.#begun + 1) & 0x7fffffff;
    event.place = this.#take(event.instance.id, event.phase);
  }

  waits({ place, phase }: RecordedEvent): void {
    if (place === NOWHERE) return;
    this.#cells.set(instanceCell(place) + 1, toCell({ doing: phase, waits: true, turn: 0 }));
  }

  runs({ place, phase }: RecordedEvent): void {
    if (place === NOWHERE) return;
    const said = { doing: phase, waits: false, turn: ++this.#turn };
    this.#cells.set(instanceCell(place) + 1, toCell(said));
  }

  ended(event: RecordedEvent): void {
    this.#leave(event.place);
    event.place = NOWHERE;
  }

  /**
   * An instance is being started.
   *
   * @returns to be called when it is there, or could not be started
   */
  starting(instance: number): () => void {
    const place = this.#take(instance, "init");
    return () => this.#leave(place);
  }

  #take(instance: number, doing: RecordedEvent["phase"] | "init"): number {
    const place = this.#free.pop() ?? NOWHERE;
    if (place === NOWHERE) return place;
    const cell = toCell({ doing, waits: false, turn: ++this.#turn });
    this.#cells.setThree(instanceCell(place), instance, cell, this.#begun);
    return place;
  }

  #leave(place: number): void {
    if (place === NOWHERE) return;
    this.#cells.set(instanceCell(place) + 1, 0);
    this.#free.push(place);
  }
}

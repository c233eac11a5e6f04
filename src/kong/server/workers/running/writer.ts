// Writes down what a worker runs, so that the supervisor knows it when the worker has died.
import type { SharedCells } from "../../../../runtime/contract.ts";
import type { EventRecorder, RecordedEvent } from "../../../engine/recorder.ts";
import { CURRENT, instanceCell, PLACES, toCell } from "./layout.ts";

/** No place: everything is in use, or nothing was written down. */
const NOWHERE = -1;

/**
 * Events and starts of instances, each in a place of its own. Where a write costs a system call, only
 * their beginning and end are written, not whose turn it is.
 */
export class RunningWriter implements EventRecorder {
  readonly #cells: SharedCells;
  readonly #free = Array.from({ length: PLACES }, (_, index) => PLACES - 1 - index);

  constructor(cells: SharedCells) {
    this.#cells = cells;
  }

  began(event: RecordedEvent): void {
    const place = event.place = this.#free.pop() ?? NOWHERE;
    if (place === NOWHERE) return;
    this.#cells.setPair(instanceCell(place), event.instance.id, toCell(event.phase, false));
    if (this.#cells.cheap) this.#cells.set(CURRENT, place + 1);
  }

  waits(event: RecordedEvent): void {
    if (!this.#cells.cheap || event.place === NOWHERE) return;
    this.#cells.set(instanceCell(event.place) + 1, toCell(event.phase, true));
    this.#cells.set(CURRENT, 0);
  }

  runs(event: RecordedEvent): void {
    if (!this.#cells.cheap || event.place === NOWHERE) return;
    this.#cells.set(instanceCell(event.place) + 1, toCell(event.phase, false));
    this.#cells.set(CURRENT, event.place + 1);
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
    const place = this.#free.pop() ?? NOWHERE;
    if (place === NOWHERE) return () => {};
    this.#cells.setPair(instanceCell(place), instance, toCell("init", false));
    return () => this.#leave(place);
  }

  #leave(place: number): void {
    if (place === NOWHERE) return;
    this.#cells.set(instanceCell(place) + 1, 0);
    if (this.#cells.cheap) this.#cells.set(CURRENT, 0);
    this.#free.push(place);
  }
}

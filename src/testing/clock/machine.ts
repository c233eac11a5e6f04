// The machine's own clock and timers, taken before anything is put in their place.

/** A timer of the runtime: a number in Deno, an object elsewhere. */
export type MachineTimer = ReturnType<typeof setTimeout>;

const { Date: MachineDate, setTimeout: setTimer, clearTimeout: clearTimer } = globalThis;
const { setInterval: setRepeating, clearInterval: clearRepeating } = globalThis;
const dateNow = MachineDate.now;
const { performance } = globalThis;
const performanceNow = performance.now;

/** What tells the time, and what waits. */
export const machine = {
  Date: MachineDate,
  now: (): number => dateNow.call(MachineDate),
  elapsed: (): number => performanceNow.call(performance),
  setTimeout: setTimer,
  clearTimeout: clearTimer,
  setInterval: setRepeating,
  clearInterval: clearRepeating,
} as const;

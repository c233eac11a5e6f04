// A plugin's connection as two that make it wait: it goes on when neither does.
import type { AsyncSender } from "./async_values.ts";

/** @returns one sender for each of two users */
export function gated(sender: AsyncSender): readonly [AsyncSender, AsyncSender] {
  const waiting = new Set<AsyncSender>();
  const part = (): AsyncSender => {
    const one: AsyncSender = {
      pause() {
        waiting.add(one);
        sender.pause();
      },
      resume() {
        if (waiting.delete(one) && waiting.size === 0) sender.resume();
      },
    };
    return one;
  };
  return [part(), part()];
}

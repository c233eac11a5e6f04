// What may be in a cell: the promise that operators have, in the words of a reader.
import type { Cell } from "./cell.ts";
import type { Combination } from "./combination.ts";
import type { Mode } from "./modes/mode.ts";

/** Processes that one request may cost. */
const MOST_DEATHS = 2;

/** What is wrong with a cell; nothing, if all is as it was promised. */
export function wrongsOf(cell: Cell, mode: Mode, combination: Combination): string[] {
  const wrongs = [...answerWrongs(cell, mode, combination), ...othersWrongs(cell, combination)];
  const isGone = hasGone(cell);
  if (isGone && mode.process === undefined) wrongs.push(`the process is gone: ${stateIn(cell)}`);
  if (!isGone && mode.process === "gone") wrongs.push("the process stayed");
  if (cell.deaths > MOST_DEATHS) wrongs.push(`${cell.deaths} worker processes died`);
  if (combination.layout === "workers" && cell.server !== "lives") {
    wrongs.push(`the server ${stateIn(cell)}`);
  }
  // Of one process that is gone nobody is left to say why.
  const isMute = combination.layout === "one process" && isGone;
  if (!cell.blamed && !mode.silent && !isMute) wrongs.push("the log does not name the plugin");
  return wrongs;
}

/** Whether the process that ran the plugin is gone, or has to be ended. */
export function hasGone({ deaths, server }: Cell): boolean {
  return deaths > 0 || server !== "lives";
}

function stateIn({ deaths, server }: Cell): string {
  return deaths > 0 ? `${deaths} worker processes died` : server;
}

function answerWrongs(cell: Cell, mode: Mode, { protocol }: Combination): string[] {
  const { answer, reason = "" } = cell;
  if (answer === "hung") return ["the request was never answered"];
  const isGone = hasGone(cell);
  if (answer === "unchecked") {
    if (isGone && protocol === "MsgPack:1") return [];
    return [`the request passed unchecked: ${reason}`];
  }
  if (isGone || mode.answers.includes(answer)) return [];
  return [`the request was ${answer} and not ${mode.answers.join(" or ")}: ${reason}`];
}

function othersWrongs(cell: Cell, { protocol, layout }: Combination): string[] {
  const { meanwhile, harm, servedAfter, server } = cell;
  const wrongs: string[] = [];
  const said = harm.join("; ");
  if (meanwhile.includes("hung")) wrongs.push("a request of another plugin was never answered");
  if (meanwhile.includes("unchecked") && (protocol === "ProtoBuf:1" || !hasGone(cell))) {
    wrongs.push(`a request of another plugin passed unchecked: ${said}`);
  }
  if (meanwhile.includes("failed") && !hasGone(cell)) {
    wrongs.push(`a request of another plugin failed: ${said}`);
  }
  // One process that is blocked has nobody who ends it.
  const mayBeBlocked = layout === "one process" && server !== "lives";
  if (!servedAfter && !mayBeBlocked) wrongs.push("other plugins are not served again");
  return wrongs;
}

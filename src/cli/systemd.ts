// What systemd is told: that a server is ready, that it stops, and that it is not stuck.
import process from "node:process";
import { messageOf } from "../base/errors.ts";
import { attempt } from "../base/printable.ts";
import type { Logger } from "../base/log.ts";
import type { Runtime } from "../runtime/contract.ts";

/** Tells systemd, if it has asked. */
export interface SystemdNotice {
  /** The server takes connections. */
  ready(): void;
  /** The server is about to end. */
  stopping(): void;
}

const NOBODY: SystemdNotice = { ready: () => {}, stopping: () => {} };

/**
 * Reads what systemd asked for, and hides it from plugins and their programs. A server that Kong has
 * started says nothing: the unit is Kong's.
 *
 * @param isKongs whether Kong has started this process
 */
export function systemdNotice(
  { notifySystemd }: Pick<Runtime, "notifySystemd">,
  log: Logger,
  isKongs: boolean,
): SystemdNotice {
  const [socket = "", usec = "0", pid] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]
    .map(takeVariable);
  if (isKongs || !/^[/@]./.test(socket)) return NOBODY;
  const isWatched = pid === undefined || Number(pid) === process.pid;
  const watchMs = isWatched ? Number(usec) / 1000 : 0;
  let hasFailed = false;
  const say = (state: string) =>
    notifySystemd(socket, state).catch((error) => {
      if (!hasFailed) {
        log.warn(`systemd cannot be told: ${messageOf(error)}`, {
          remedy: "Let this user write to the socket of NOTIFY_SOCKET, or use Type=exec.",
        });
      }
      hasFailed = true;
    });
  let beat: ReturnType<typeof setInterval> | undefined;
  return {
    ready() {
      void say("READY=1");
      if (!(watchMs > 0)) return;
      // Twice as often as systemd looks, as sd_watchdog_enabled(3) advises.
      beat = setInterval(() => void say("WATCHDOG=1"), watchMs / 2);
      (beat as { unref?: () => void }).unref?.();
    },
    // It is watched until its end: a server that hangs while it stops is killed, too.
    stopping: () => void say("STOPPING=1"),
  };
}

/** A variable, which then is there no more. One that Deno does not let this program see is none. */
function takeVariable(name: string): string | undefined {
  return attempt(() => {
    const value = process.env[name];
    delete process.env[name];
    return value;
  });
}

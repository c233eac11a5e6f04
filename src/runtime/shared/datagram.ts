// Datagrams to a Unix socket, which node:dgram does not know: by the C library, or by a program.
import { spawn } from "node:child_process";
import process from "node:process";
import { type Libc, unixAddress } from "./libc.ts";
import { messageOf } from "../../base/errors.ts";

/** AF_UNIX. */
const UNIX = 1;
/** SOCK_DGRAM and SOCK_CLOEXEC on Linux, which alone has systemd. */
const DATAGRAM = 2 | 0o2000000;

/** Sends a state to systemd. Rejects if that cannot be done. */
export type NotifySystemd = (socket: string, state: string) => Promise<void>;

/** By the C library. */
export function notifyByLibc(open: () => Libc): NotifySystemd {
  return (socket, state) => {
    const libc = open();
    const descriptor = libc.socket(UNIX, DATAGRAM, 0);
    if (descriptor < 0) return Promise.reject(new Error("socket() failed"));
    const bytes = new TextEncoder().encode(state);
    const address = unixAddress(socket);
    const sent = libc.sendto(descriptor, bytes, bytes.length, 0, address, address.length);
    libc.close(descriptor);
    if (sent === bytes.length) return Promise.resolve();
    return Promise.reject(new Error(`sendto() failed: nobody reads ${socket}`));
  };
}

/**
 * By systemd's own program. It is another process: the unit has to have NotifyAccess=all.
 *
 * @param program its name; another one in tests
 */
export function notifyByProgram(program = "systemd-notify"): NotifySystemd {
  return (socket, state) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, state.split("\n"), {
        stdio: "ignore",
        env: { ...process.env, NOTIFY_SOCKET: socket },
      });
      child.on("error", (error) => reject(new Error(`${program}: ${messageOf(error)}`)));
      child.on("exit", (code) => {
        if (code === 0) resolve();
        else reject(new Error(`${program} ended with exit code ${code}`));
      });
    });
}

// A Unix socket that this process holds and other processes accept on.
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, chmod, chown, link, lstat, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { type Libc, listenWithout } from "./libc.ts";
import type { HeldSocket, SocketOptions } from "./runtime.ts";

/** What a child has the descriptor as that it was spawned with. */
const HANDED_DESCRIPTOR = 3;

/** A descriptor that is bound to a path, and on which this process does not accept. */
export interface Bound {
  readonly descriptor: number;
  /** Whether children have it by the same number, without being handed it. */
  readonly inherited: boolean;
  close(): void;
}

/**
 * Binds a path by the C library.
 *
 * @param inherited see `Bound`
 */
export function bindBy(open: () => Libc, inherited: boolean): (path: string) => Bound {
  return (path) => {
    const libc = open();
    const descriptor = listenWithout(libc, path, inherited);
    return { descriptor, inherited, close: () => void libc.close(descriptor) };
  };
}

/** Makes `Runtime.holdSocket` out of the way in which a runtime binds. */
export function socketHolder(
  bind: (path: string) => Bound,
): (directory: string, options?: SocketOptions) => Promise<HeldSocket> {
  return async (directory, options = {}) => {
    // The C library says only that it failed; this says why.
    await access(directory, constants.W_OK | constants.X_OK);
    const temporary = join(directory, `.${randomBytes(3).toString("hex")}`);
    const bound = bindClosed(bind, temporary);
    try {
      if (options.group !== undefined) {
        await chown(temporary, (await stat(temporary)).uid, options.group);
      }
      await chmod(temporary, options.mode ?? 0o600);
    } catch (error) {
      bound.close();
      await unlink(temporary).catch(ignore);
      throw error;
    }
    return new Held(bound, temporary);
  };
}

/** Binds with no permissions for others: nobody gets in before the mode is what was asked for. */
function bindClosed(bind: (path: string) => Bound, path: string): Bound {
  const umask = process.umask(0o177);
  try {
    return bind(path);
  } finally {
    process.umask(umask);
  }
}

class Held implements HeldSocket {
  readonly forChild: HeldSocket["forChild"];
  readonly childDescriptor: number;
  readonly #bound: Bound;
  readonly #temporary: string;
  #placed: { readonly path: string; readonly ino: bigint; readonly dev: bigint } | undefined;
  #closing: Promise<void> | undefined;

  constructor(bound: Bound, temporary: string) {
    const { descriptor, inherited } = bound;
    this.forChild = inherited ? {} : { descriptor };
    this.childDescriptor = inherited ? descriptor : HANDED_DESCRIPTOR;
    this.#bound = bound;
    this.#temporary = temporary;
  }

  async place(path: string): Promise<void> {
    await link(this.#temporary, path);
    await unlink(this.#temporary);
    const { ino, dev } = await lstat(path, { bigint: true });
    this.#placed = { path, ino, dev };
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    if (!this.#placed) await unlink(this.#temporary).catch(ignore);
    else await this.#remove(this.#placed);
    this.#bound.close();
  }

  /** While the socket is open its inode number cannot become somebody else's. */
  async #remove(own: { path: string; ino: bigint; dev: bigint }): Promise<void> {
    const now = await lstat(own.path, { bigint: true }).catch(ignore);
    if (now && now.ino === own.ino && now.dev === own.dev) await unlink(own.path).catch(ignore);
  }
}

function ignore(): void {}

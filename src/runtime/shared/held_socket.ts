// A Unix socket that this process holds and other processes accept on.
import { constants } from "node:fs";
import { access, link, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { type Libc, listenWithout } from "./libc.ts";
import type { HeldSocket } from "../contract.ts";
import {
  nameBeside,
  type OwnFile,
  ownFile,
  setPermissions,
  type SocketFileOptions,
  withoutPermissions,
} from "../../base/socket_file.ts";

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
): (directory: string, options?: SocketFileOptions) => Promise<HeldSocket> {
  return async (directory, options = {}) => {
    // The C library says only that it failed; this says why.
    await access(directory, constants.W_OK | constants.X_OK);
    const temporary = nameBeside(join(directory, "socket"));
    const bound = withoutPermissions(() => bind(temporary));
    try {
      await setPermissions(temporary, options);
    } catch (error) {
      bound.close();
      await unlink(temporary).catch(ignore);
      throw error;
    }
    return new Held(bound, temporary);
  };
}

class Held implements HeldSocket {
  readonly forChild: HeldSocket["forChild"];
  readonly childDescriptor: number;
  readonly #bound: Bound;
  readonly #temporary: string;
  /** The socket's file at its place. */
  #file: OwnFile | undefined;
  #closing: Promise<void> | undefined;

  constructor(bound: Bound, temporary: string) {
    const { descriptor, inherited } = bound;
    this.forChild = inherited ? {} : { descriptor };
    this.childDescriptor = inherited ? descriptor : HANDED_DESCRIPTOR;
    this.#bound = bound;
    this.#temporary = temporary;
  }

  async place(path: string, replacing = false): Promise<void> {
    const file = await ownFile(this.#temporary, path);
    if (replacing) {
      await rename(this.#temporary, path);
    } else {
      await link(this.#temporary, path);
      await unlink(this.#temporary);
    }
    this.#file = file;
  }

  async isAt(path: string): Promise<boolean> {
    return await this.#file?.isAt(path) ?? false;
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    await (this.#file ? this.#file.remove() : unlink(this.#temporary).catch(ignore));
    this.#bound.close();
  }
}

function ignore(): void {}

// The few functions of the C library that node: has not: a socket on which the process itself never
// accepts, an end with the parent's, and what is written to an inherited descriptor.
import process from "node:process";
import { Unsupported } from "../unsupported.ts";

/** Functions of the C library; each gives -1 for failure. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(descriptor: number, address: Uint8Array, length: number): number;
  listen(descriptor: number, backlog: number): number;
  close(descriptor: number): number;
  dup(descriptor: number): number;
  write(descriptor: number, bytes: Uint8Array, length: number): number;
  ioctl(descriptor: number, request: number): number;
  sendto(
    descriptor: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: number,
  ): number;
  /** On Linux. */
  prctl?(option: number, a: number, b: number, c: number, d: number): number;
}

/** Parameters of those functions, in the words that Bun and Deno share. */
export const LIBC_PARAMETERS: Readonly<
  Record<string, readonly ("i32" | "u32" | "u64" | "address")[]>
> = {
  socket: ["i32", "i32", "i32"],
  bind: ["i32", "address", "u32"],
  listen: ["i32", "i32"],
  close: ["i32"],
  dup: ["i32"],
  write: ["i32", "address", "u64"],
  ioctl: ["i32", "u64"],
  sendto: ["i32", "address", "u64", "i32", "address", "u32"],
  ...(process.platform === "linux" && { prctl: ["i32", "u64", "u64", "u64", "u64"] }),
};

/** Where the C library lies, and how it is spoken to. */
const PLATFORMS: Readonly<Record<string, Platform>> = {
  linux: {
    files: ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"],
    closedOnExec: 0o2000000,
    closeOnExec: 0x5451,
    // sockaddr_un begins with the family in 16 bits, the low ones first.
    head: () => [1, 0],
  },
  darwin: {
    files: ["libSystem.B.dylib"],
    closedOnExec: 0,
    closeOnExec: 0x20006601,
    head: (length) => [length, 1],
  },
};

interface Platform {
  readonly files: readonly string[];
  /** SOCK_CLOEXEC: only whoever is handed the descriptor gets it. 0 where there is none. */
  readonly closedOnExec: number;
  /** FIOCLEX: from now on no program that is started gets the descriptor. */
  readonly closeOnExec: number;
  readonly head: (length: number) => readonly number[];
}

/** AF_UNIX. */
const UNIX = 1;
/** SOCK_STREAM. */
const STREAM = 1;
/** Connections that may wait to be accepted; node:net asks for as many. */
const BACKLOG = 511;

/**
 * Opens the C library.
 *
 * @param open opens a library by its name, or throws
 * @throws {Unsupported} if none of the platform's names is one
 */
export function openLibc(open: (file: string) => Libc): Libc {
  let problem = `there is no way to it on ${process.platform}`;
  for (const file of PLATFORMS[process.platform]?.files ?? []) {
    try {
      return open(file);
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
  }
  throw new Unsupported(`the C library cannot be opened: ${problem}`);
}

/** Keeps a descriptor that was inherited from the programs that this process starts. */
export function closeOnExec(libc: Libc, descriptor: number): void {
  libc.ioctl(descriptor, PLATFORMS[process.platform]!.closeOnExec);
}

/**
 * Writes all to a descriptor that blocks.
 *
 * @throws {Error} if nobody takes it
 */
export function writeAll(libc: Libc, descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    const rest = bytes.subarray(at);
    const written = libc.write(descriptor, rest, rest.length);
    if (written <= 0) throw new Error("write() failed");
    at += written;
  }
}

/** The address of a Unix socket; a path that begins with @ is a name that is in no file system. */
export function unixAddress(path: string): Uint8Array {
  const isAbstract = path.startsWith("@");
  const name = new TextEncoder().encode(isAbstract ? path.slice(1) : path);
  const length = 2 + name.length + 1;
  const address = new Uint8Array(length);
  address.set(PLATFORMS[process.platform]!.head(length));
  address.set(name, isAbstract ? 3 : 2);
  return address;
}

/**
 * Binds a Unix socket and listens on it, without accepting: who connects waits.
 *
 * @param inherited whether every child gets the descriptor, by the same number
 * @returns the descriptor
 * @throws {Error} naming the function that failed
 */
export function listenWithout(libc: Libc, path: string, inherited: boolean): number {
  const { closedOnExec } = PLATFORMS[process.platform]!;
  const address = unixAddress(path);
  const descriptor = libc.socket(UNIX, inherited ? STREAM : STREAM | closedOnExec, 0);
  if (descriptor < 0) throw new Error("socket() failed");
  const failed = libc.bind(descriptor, address, address.length) < 0
    ? "bind"
    : libc.listen(descriptor, BACKLOG) < 0
    ? "listen"
    : undefined;
  if (failed === undefined) return descriptor;
  libc.close(descriptor);
  throw new Error(`${failed}() failed`);
}

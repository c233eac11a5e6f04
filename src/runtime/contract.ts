// What gibbon needs of the runtime under it: types only. node.ts, deno.ts and bun.ts provide it.
import type { SourceMapPayload } from "node:module";
import type { SocketFileOptions } from "../base/socket_file.ts";

/** A stream of bytes to a peer, over a Unix socket, TCP or TLS. */
export interface Connection {
  /** Bytes that were given to `write` and are not out yet. */
  readonly unsentBytes: number;
  /** Sends bytes, in order. Writes to a closed connection are ignored. */
  write(bytes: Uint8Array): void;
  /**
   * Reads no further, so that the peer has to wait; what has come in already may still be told. All
   * runtimes have it; a connection in memory need not.
   */
  pause?(): void;
  /** Reads on. */
  resume?(): void;
  /** Ends the connection once everything is out. */
  end(): void;
  /** Ends the connection at once. */
  destroy(): void;
}

/** What a connection tells its user. */
export interface ConnectionEvents {
  /** Bytes came in. They are the receiver's to keep. */
  data(bytes: Uint8Array): void;
  /** Everything that was written is out, after it had to wait. */
  drained?(): void;
  /**
   * The peer sends no more, but may still read; `end` is up to the receiver now. Where this is left
   * out, the connection ends once everything that was written is out.
   */
  ended?(): void;
  /** The connection is gone, for whatever reason; called exactly once, nothing follows it. */
  closed(): void;
}

/** A listening socket. */
export interface Listener {
  /**
   * Takes no more connections; those that are there stay. Settles when that is so. The socket's
   * file goes, unless the path has become somebody else's.
   */
  close(): Promise<void>;
}

/** A listening Unix socket. */
export interface SocketListener extends Listener {
  /** Whether a path leads to this socket: not so once another has taken its place. */
  isAt(path: string): Promise<boolean>;
}

/**
 * A Unix socket that this process holds for its children: they accept on it, this process does not.
 */
export interface HeldSocket {
  /** What a child is spawned with so that it has the socket. */
  readonly forChild: Pick<SpawnOptions, "descriptor">;
  /** What such a child has it as, see `Runtime.listenOn`. */
  readonly childDescriptor: number;
  /**
   * Makes the socket appear at a path of the directory that it was made for, with its permissions;
   * at most once. Rejects with the code EEXIST if there is anything.
   *
   * @param replacing puts it in the place of what is there, at once: the path always leads somewhere
   */
  place(path: string, replacing?: boolean): Promise<void>;
  /** Whether a path leads to this socket: not so once another has taken its place. */
  isAt(path: string): Promise<boolean>;
  /** Lets go of it. The socket's file goes, unless the path has become somebody else's. */
  close(): Promise<void>;
}

/** Where TCP listens, or connects to. */
export interface TcpAddress {
  /** A name or an address. */
  readonly host: string;
  /** 0 for any that is free, where it listens. */
  readonly port: number;
}

/** A listening TCP socket. */
export interface TcpListener extends Listener {
  /** The port, also where any was asked for. */
  readonly port: number;
}

/** What a server shows its clients, and what it asks of them; all in PEM. */
export interface TlsServerOptions {
  readonly cert: string;
  readonly key: string;
  /** Who has to have signed the clients' certificates; without it none are asked for. */
  readonly ca?: string;
}

/** Whom a client trusts, and what it shows the server; all in PEM. */
export interface TlsClientOptions {
  /** Who has to have signed the server's certificate; the runtime's own list without it. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Name that the server's certificate has to have: the host unless said otherwise. */
  readonly serverName?: string;
}

/** A child process with its three streams. */
export interface ChildProcess {
  readonly pid: number;
  /** Bytes that were given to `write` and that the child has not taken yet. */
  readonly unsentBytes: number;
  /** Writes to the child's stdin. */
  write(bytes: Uint8Array): void;
  /** Closes the child's stdin. */
  endInput(): void;
  /** Sends a signal, such as `SIGTERM`. */
  kill(signal: "SIGTERM" | "SIGKILL" | "SIGINT"): void;
  /** How it ended, once its output is in: exit code, or the signal's name. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** What a child process tells its user. */
export interface ChildEvents {
  stdout(bytes: Uint8Array): void;
  stderr(bytes: Uint8Array): void;
}

/** Options of a child process. */
export interface SpawnOptions {
  readonly cwd?: string;
  /** The whole environment; the parent's if it is left out. */
  readonly env?: Readonly<Record<string, string>>;
  /** The child writes to this process's own stdout; `ChildEvents.stdout` is never called. */
  readonly ownStdout?: boolean;
  /** The child writes to this process's own stderr; `ChildEvents.stderr` is never called. */
  readonly ownStderr?: boolean;
  /** An open descriptor that the child gets as its descriptor 3. */
  readonly descriptor?: number;
}

/** What a module exports, by name. */
export type ModuleNamespace = Readonly<Record<string, unknown>>;

/** Modules that a plugin file can import wherever it lies: specifier to namespace object. */
export type ProvidedModules = Readonly<Record<string, ModuleNamespace>>;

/** How a module is bundled. */
export interface BundleOptions {
  /** Specifiers of what stays outside of it: what gibbon provides. */
  readonly external: readonly string[];
  /** A comment that it begins with. */
  readonly banner: string;
  /** Without white space and comments, and with shorter syntax; names stay. */
  readonly minify: boolean;
}

/** A module and all that it imports, as one ES module. */
export interface BundledModule {
  readonly code: string;
  /** Its source map, whose sources are absolute paths. */
  readonly map: SourceMapPayload;
  /** The files that it is made of, as absolute paths. */
  readonly files: readonly string[];
  /** What it imports from outside of itself. */
  readonly imports: readonly { readonly specifier: string; readonly importer: string }[];
}

/** What nobody caught: something thrown, or a promise that failed. */
export type UncaughtKind = "exception" | "rejection";

/** Takes an error that nobody caught. */
export type UncaughtHandler = (kind: UncaughtKind, error: unknown) => void;

/** Numbers of 32 bits that another process can read. */
export interface SharedCells {
  /** @param at index of a number, from 0 */
  set(at: number, value: number): void;
  /** Sets a number and the two behind it. */
  setThree(at: number, first: number, second: number, third: number): void;
}

/** Descriptors, where Node's modules do not know them by their numbers. All throw if it cannot be done. */
export interface DescriptorHelp {
  /** Another descriptor for the same, to hand to a child in the place of one of the first three. */
  copy(descriptor: number): number;
  /** Writes to one that was inherited, until all is out. */
  write(descriptor: number, bytes: Uint8Array): void;
}

/** The runtime. Errors of sockets and processes come as they are; the caller explains them. */
export interface Runtime {
  readonly name: "node" | "deno" | "bun";
  /**
   * The text of a file that is inside of the executable; undefined if there is none, as where gibbon
   * runs from its sources.
   */
  readonly embedded?: (name: string) => Promise<string | undefined>;
  /** The runtime's version, such as `24.1.0`. */
  readonly version: string;
  /**
   * Binds a Unix socket, with its permissions in force from the first moment that it can be seen.
   * Rejects with the code EEXIST if there is anything at the path.
   *
   * @param replacing puts it in the place of what is there, at once: the path always leads somewhere
   */
  listen(
    path: string,
    accept: (connection: Connection) => ConnectionEvents,
    options?: SocketFileOptions,
    replacing?: boolean,
  ): Promise<SocketListener>;
  /**
   * Makes a Unix socket for children to accept on. It is nowhere to be seen until it is placed.
   * Rejects with `Unsupported` (unsupported.ts) where that cannot be done.
   *
   * @param directory where it will be placed
   */
  holdSocket(directory: string, options?: SocketFileOptions): Promise<HeldSocket>;
  /** Keeps a descriptor that was inherited from programs that are started from now on. */
  keepFromChildren(descriptor: number): void;
  /**
   * Accepts on a descriptor that was inherited from a process which holds a socket.
   *
   * @param accept called for each connection
   * @param shared whether other processes accept there too, and are to get their part
   */
  listenOn(
    descriptor: number,
    accept: (connection: Connection) => ConnectionEvents,
    shared: boolean,
  ): Promise<Listener>;
  /** Connects to a Unix socket. */
  connect(path: string, events: ConnectionEvents): Promise<Connection>;
  /** Listens on TCP; with `secure` every connection is TLS. */
  listenTcp(
    address: TcpAddress,
    accept: (connection: Connection) => ConnectionEvents,
    secure?: TlsServerOptions,
  ): Promise<TcpListener>;
  /**
   * Connects over TCP. With `secure` it rejects unless the server's certificate is good. A server
   * that refuses the client's own closes the connection, maybe only after this has settled.
   *
   * @param signal gives it up as long as it is not there
   */
  connectTcp(
    address: TcpAddress,
    events: ConnectionEvents,
    secure?: TlsClientOptions,
    signal?: AbortSignal,
  ): Promise<Connection>;
  /** Starts a program. Rejects if it cannot be started. */
  spawn(
    command: string,
    args: readonly string[],
    events: ChildEvents,
    options?: SpawnOptions,
  ): Promise<ChildProcess>;
  /**
   * Has this process killed when the one that started it is gone, even while a plugin blocks it. Not
   * at once everywhere: within a second.
   */
  endWithParent(): void;
  /** Program and first arguments that start this very program again, as another process. */
  readonly ownCommand: readonly [string, ...string[]];
  /**
   * Makes modules importable, by plugin files anywhere, from now on. They go before what a
   * node_modules folder has by the same name. Called once.
   */
  provideModules(modules: ProvidedModules): void;
  /**
   * Imports a plugin's module: TypeScript or JavaScript, ES or CommonJS, with the files beside it
   * that it imports. Rejects with a `ModuleFailure` (module_failure.ts), which knows where the fault is.
   *
   * @param file absolute path
   * @param version the number of a loading. Modules imported with one number share what they
   *   import beside them; under another number all of that is loaded afresh. What comes out of
   *   node_modules is loaded once. 0, the default, for the first time
   * @param maxBytes largest file that it may consist of; 10 MiB if left out
   * @returns the namespace; a CommonJS module's `module.exports` is its `default`, and the only name
   */
  importModule(file: string, version?: number, maxBytes?: number): Promise<ModuleNamespace>;
  /**
   * Bundles a module with all that it imports; undefined where the runtime has no bundler. What stays
   * outside, beside `external`, is what Node.js has built in, and packages that are not there where
   * the code expects that. Paths of this machine are not in it: `__dirname` and its like are the
   * bundle's own. Rejects with a `ModuleFailure`.
   *
   * @param file absolute path
   */
  readonly bundleModule?: (file: string, options: BundleOptions) => Promise<BundledModule>;
  /**
   * From now on, ending this process is an error, FORBIDDEN, thrown where it was tried: exit, abort,
   * and signals to itself or its parent. Signals of others and crashes still end it. What listens to
   * the process by now stays; what a listener throws that comes later is an error that nobody caught.
   */
  guardProcess(): void;
  /**
   * Has errors that nobody caught told to `handler`, from now on and in the place of an earlier one,
   * whatever plugins listen to. They do not end this process any more.
   */
  onUncaught(handler: UncaughtHandler): void;
  /**
   * Opens this process to debuggers that speak Chrome's protocol. Throws if it cannot listen there.
   *
   * @param port 0 for any that is free
   * @param wait blocks until one is attached and lets the process go on
   * @returns the URL for it
   */
  openDebugger(host: string, port: number, wait: boolean): string;
  /** What node:fs and node:child_process cannot do with descriptors, where they cannot. */
  readonly descriptors?: DescriptorHelp;
  /**
   * Sends a state to systemd, such as `READY=1`. Rejects if that cannot be done.
   *
   * @param socket path of its socket; one that begins with @ is abstract
   */
  notifySystemd(socket: string, state: string): Promise<void>;
  /** Ends this process, guarded or not. */
  exit(code: number): never;
  /**
   * Opens numbers of 32 bits that another process reads out of the same file, also after this
   * process has died without a word. Throws if the file cannot be opened.
   *
   * @param path of a file that has its full length
   */
  openCells(path: string): SharedCells;
}

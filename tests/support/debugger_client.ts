// A debugger: the few messages of Chrome's protocol that stop a process at a line of a source.
import { Buffer } from "node:buffer";
import { SourceMap } from "node:module";
import { until } from "./until.ts";

/** A script that the process has loaded. */
interface Script {
  readonly scriptId: string;
  readonly url: string;
  readonly sourceMapURL?: string;
}

/** Where the process stands. */
export interface Paused {
  readonly url: string;
  /** Gives the value of an expression there. */
  evaluate(expression: string): Promise<unknown>;
  resume(): Promise<void>;
}

type Params = Readonly<Record<string, unknown>>;

/** A debugger that is attached. */
export class DebuggerClient {
  readonly #socket: WebSocket;
  readonly #scripts: Script[] = [];
  readonly #pauses: Paused[] = [];
  readonly #waiting = new Map<number, (result: Params) => void>();
  #id = 0;

  /** @param url as the process prints it */
  static async attach(url: string): Promise<DebuggerClient> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error(`no debugger can be attached at ${url}`));
    });
    const client = new DebuggerClient(socket);
    await client.#send("Runtime.enable");
    await client.#send("Debugger.enable");
    return client;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data as string));
  }

  /** Lets a process go on that waits for a debugger. */
  async letGo(): Promise<void> {
    await this.#send("Runtime.runIfWaitingForDebugger");
  }

  /** Stops the process at a line of a file that it has loaded or will load, from 1. */
  async stopAt(file: RegExp, line: number): Promise<void> {
    await until(() => this.#scripts.some(({ url }) => file.test(url)));
    const script = this.#scripts.findLast(({ url }) => file.test(url))!;
    await this.#send("Debugger.setBreakpointByUrl", {
      urlRegex: file.source,
      lineNumber: loadedLine(script, line - 1),
      columnNumber: 0,
    });
  }

  /** Waits until it stands somewhere. */
  async paused(): Promise<Paused> {
    await until(() => this.#pauses.length > 0);
    return this.#pauses.shift()!;
  }

  close(): void {
    this.#socket.close();
  }

  #send(method: string, params: Params = {}): Promise<Params> {
    const id = ++this.#id;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  // deno-lint-ignore no-explicit-any -- messages have whatever shape their method says
  #take({ id, method, params, result }: any): void {
    if (id !== undefined) this.#waiting.get(id)?.(result ?? {});
    if (method === "Debugger.scriptParsed") this.#scripts.push(params);
    if (method !== "Debugger.paused") return;
    const [{ callFrameId, location }] = params.callFrames;
    this.#pauses.push({
      url: this.#scripts.find(({ scriptId }) => scriptId === location.scriptId)?.url ?? "",
      evaluate: async (expression) => {
        const answer = await this.#send("Debugger.evaluateOnCallFrame", {
          callFrameId,
          expression,
        });
        return (answer.result as { value?: unknown }).value;
      },
      resume: async () => void await this.#send("Debugger.resume"),
    });
  }
}

/** The line of what was loaded that a line of the source became, both from 0: what editors do. */
function loadedLine({ sourceMapURL = "" }: Script, line: number): number {
  const [, data] = /^data:application\/json[^,]*;base64,(.+)$/.exec(sourceMapURL) ?? [];
  if (data === undefined) return line;
  const map = new SourceMap(JSON.parse(Buffer.from(data, "base64").toString()));
  for (let loaded = 0; loaded < 1000; loaded++) {
    const entry = map.findEntry(loaded, 1000);
    if (!("generatedLine" in entry)) continue;
    if (entry.generatedLine === loaded && entry.originalLine === line) return loaded;
  }
  throw new Error(`line ${line + 1} has become nothing`);
}

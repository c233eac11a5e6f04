// Where a command writes: data to stdout, everything else to stderr, whatever plugins do.
import process from "node:process";

/** The two streams of a command. */
export interface Output {
  /** Data, as it is. Settles when it is out. */
  data(bytes: string | Uint8Array): Promise<void>;
  /** One line for people. */
  note(line: string): void;
  /** Whether people read stdout at a terminal that shows colours. */
  readonly colour: boolean;
}

/**
 * Takes stdout away from everything else in the process: what plugins print there, while they load
 * or later, goes to stderr. Kong reads a dump's stdout as JSON, and one stray line would break it.
 */
export function claimStdout(): Output {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  for (const method of ["log", "info", "debug", "table", "dir"] as const) {
    console[method] = console.error;
  }
  return {
    data: (bytes) =>
      new Promise((resolve, reject) => {
        write(bytes as string, (error?: Error | null) => error ? reject(error) : resolve());
      }),
    note: (line) => void stderr.write(`${line}\n`),
    colour: stdout.isTTY === true && process.env.NO_COLOR === undefined,
  };
}

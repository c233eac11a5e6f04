// The server behind a socket: whether it answers, in which protocols, and what process it is.
import { readlink } from "node:fs/promises";
import process from "node:process";
import type { KongProtocol } from "../protocol/protocol_of.ts";
import { codeOf, messageOf } from "../../base/errors.ts";
import type { Runtime } from "../../runtime/contract.ts";
import { VERSION } from "../../base/version.ts";
import { askInTurn, askNames, askStatus, type Reply, type ServerStatus } from "../protocol/ask.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** What was learnt of a server. */
export interface ServerFacts {
  readonly findings: readonly Finding[];
  /** Undefined if it did not say. */
  readonly status?: ServerStatus | undefined;
}

/** Whom to ask, and how. */
export interface ServerQuestion {
  readonly runtime: Pick<Runtime, "connect">;
  readonly path: string;
  readonly timeoutMs: number;
  /** What Kong is going to speak there, as far as its query_cmds say so. */
  readonly expected: ReadonlySet<KongProtocol>;
}

/** Asks a server. MsgPack:1 comes first, since it does no harm to servers that do not speak it. */
export async function checkServer(asking: ServerQuestion): Promise<ServerFacts> {
  const { runtime, path, timeoutMs, expected } = asking;
  try {
    const first = await askStatus(runtime, path, timeoutMs);
    if (first.kind === "answer") return await answered(asking, first.value);
    if (!expected.has("ProtoBuf:1")) return { findings: [unanswered(path, first, timeoutMs)] };
    const second = await askNames(runtime, path, timeoutMs);
    if (second.kind !== "answer") return { findings: [unanswered(path, second, timeoutMs)] };
    const text = `it answers ProtoBuf:1 and not MsgPack:1, so it is no gibbon; it serves ${
      second.value.join(", ") || "what it does not name"
    }`;
    const mixed = expected.has("MsgPack:1")
      ? [problem(path, "a query_cmd says MsgPack:1, which it does not speak", ONE_PROTOCOL)]
      : [];
    return { findings: [ok(path, text), ...mixed] };
  } catch (error) {
    return { findings: [explainConnect(path, error)] };
  }
}

type Answered = Extract<Awaited<ReturnType<typeof askStatus>>, { kind: "answer" }>["value"];

async function answered(asking: ServerQuestion, answer: Answered): Promise<ServerFacts> {
  const { runtime, path, timeoutMs, expected } = asking;
  if ("failure" in answer) {
    const text = `it answers MsgPack:1, but not plugin.GetStatus: ${answer.failure}`;
    return { findings: [warning(path, text, "Look into its log.")] };
  }
  const { status } = answer;
  const findings: Finding[] = [];
  if (status.Version === undefined) {
    findings.push(ok(path, "it answers MsgPack:1; it is not this gibbon, so no more was tried"));
    if (expected.size > 1) findings.push(problem(path, MIXED, ONE_PROTOCOL));
    else if (expected.has("ProtoBuf:1")) {
      const text = "Kong's query_cmd says ProtoBuf:1, which this server need not know";
      const remedy = "Restart an older gibbon; give another server its own query_cmd and socket.";
      findings.push(warning(path, text, remedy));
    }
  } else {
    const other = await askNames(runtime, path, timeoutMs);
    findings.push(
      other.kind === "answer"
        ? ok(path, "it answers MsgPack:1 and ProtoBuf:1")
        : unanswered(path, other, timeoutMs, "ProtoBuf:1"),
      checkVersion(path, status.Version),
    );
    if (expected.size > 1 && other.kind === "answer") findings.push(await checkInTurn(asking));
  }
  return { findings: [...findings, ...await checkProcess(path, status.Pid)], status };
}

/**
 * Kong keeps its connections by the path of the socket alone: one that served a plugin of one protocol
 * is used again for a plugin of the other.
 */
const MIXED = "Kong speaks both protocols to it, in turn on the same connections, and it cannot " +
  "change: requests fail, or pass without the plugin";
const ONE_PROTOCOL = "Have all query_cmds of this socket name one protocol (--protocol of gibbon " +
  "dump), or give each protocol a socket and a server of its own.";

async function checkInTurn({ runtime, path, timeoutMs }: ServerQuestion): Promise<Finding> {
  const { kind } = await askInTurn(runtime, path, timeoutMs);
  if (kind === "answer") return ok(path, "Kong speaks both protocols to it, and it can change");
  return problem(
    path,
    MIXED,
    `Restart it with this gibbon, ${VERSION}, which can. Else: ${ONE_PROTOCOL}`,
  );
}

function unanswered(
  path: string,
  reply: Exclude<Reply<unknown>, { kind: "answer" }>,
  timeoutMs: number,
  protocol = "it",
): Finding {
  const who = protocol === "it" ? "a server" : `the server, over ${protocol},`;
  if (reply.kind === "silence") {
    const text = `${who} takes connections but does not answer within ${timeoutMs / 1000} s`;
    const remedy = "If it hangs, restart it. A server of ProtoBuf:1 alone is asked only where " +
      "Kong's settings name its query_cmd (--kong-conf).";
    return problem(path, text, remedy);
  }
  if (reply.kind === "closed") {
    const remedy = "Look into its log: it may be another program, or have too many connections.";
    return problem(path, `${who} closes the connection without an answer`, remedy);
  }
  const begin = JSON.stringify(new TextDecoder("latin1").decode(reply.bytes.subarray(0, 24)));
  const remedy = "Another program listens there: give gibbon a socket of its own.";
  return problem(path, `${who} answers what is no plugin protocol: ${begin}`, remedy);
}

function explainConnect(path: string, error: unknown): Finding {
  switch (codeOf(error)) {
    case "ECONNREFUSED":
    case "ENOENT": {
      const remedy = "Start the server: gibbon takes the place of a socket that a dead one left.";
      return problem(path, "nobody listens on it", remedy);
    }
    case "EACCES":
    case "EPERM": {
      const user = process.getuid?.() ?? "?";
      const remedy = "Run this as gibbon's or Kong's user. If that is Kong's: --socket-mode 0660 " +
        "and --socket-group, with a group that both are in.";
      return problem(path, `this user (${user}) may not connect`, remedy);
    }
    case "EAGAIN": {
      const text = "its queue of new connections is full: it takes none";
      return problem(path, text, "It hangs or is overloaded: look into its log, or restart it.");
    }
    default:
      return problem(path, `cannot connect: ${messageOf(error)}`, "See what it is.");
  }
}

function checkVersion(path: string, version: string): Finding {
  if (version === VERSION) return ok(path, `it is gibbon ${version}, as this is`);
  const text = `it is gibbon ${version}, and this is ${VERSION}`;
  return warning(path, text, "Restart it if it was meant to be upgraded.");
}

/** The process that the server says it is; another container's cannot be seen. */
async function checkProcess(path: string, pid: number | undefined): Promise<Finding[]> {
  if (pid === undefined) return [];
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if (codeOf(error) !== "EPERM") {
      const text = `it says that it is process ${pid}, which is not to be seen here`;
      return [warning(path, text, "That is so if it runs in another container.")];
    }
  }
  const program = await readlink(`/proc/${pid}/exe`).catch(() => undefined);
  if (program === undefined) return [ok(path, `it is process ${pid}`)];
  if (program.endsWith(" (deleted)")) {
    const text = `process ${pid} runs an executable that has been replaced since: ${program}`;
    return [warning(path, text, "Restart it, so that the new one runs.")];
  }
  return [ok(path, `it is process ${pid}, ${program}`)];
}

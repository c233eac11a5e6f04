// A start_cmd, looked at without being run: whether Kong's worker could start what it names.
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import process from "node:process";
import { GibbonError } from "../../base/errors.ts";
import { findHindrance, type Hindrance } from "./access.ts";
import { type Finding, ok, problem } from "./finding.ts";
import type { PluginServer } from "./plugin_servers.ts";
import { shellWords } from "./shell.ts";
import { ENTER, groupName, READ, RUN, type User, WRITE } from "./users.ts";

/** What a command line of gibbon says of itself. */
export interface ServedBy {
  /** Where it listens. */
  readonly socket: string;
  readonly directory: string | undefined;
  /** The group that it gives the socket to. */
  readonly group: number | undefined;
}

/**
 * Reads a start_cmd; undefined unless gibbon is what it starts.
 *
 * @throws {GibbonError} OPTION_INVALID if gibbon would refuse its options
 */
export type ReadStartCommand = (command: string) => ServedBy | undefined;

/** What a start_cmd is checked with. */
export interface StartCheck {
  readonly read: ReadStartCommand;
  /** Who runs it: Kong's workers. */
  readonly user: User | undefined;
}

const STICKY = 0o1000;

/** A variable before a program, as a shell takes it. */
const ASSIGNMENT = /^[A-Za-z_]\w*=/;

/** Checks the start_cmd of a server, if it has one. */
export async function checkStartCommand(
  server: PluginServer,
  check: StartCheck,
): Promise<Finding[]> {
  const { startCommand } = server;
  if (startCommand === undefined) return [];
  const subject = server.infoCommand ? server.key : `${server.key}_start_cmd`;
  const problems = await findProblems(server, startCommand, check);
  if (problems.length > 0) return problems.map(([text, remedy]) => problem(subject, text, remedy));
  const served = check.read(startCommand);
  return [ok(subject, served ? `gibbon is to listen on ${served.socket}` : "its program is there")];
}

type Problem = readonly [text: string, remedy: string];

async function findProblems(
  server: PluginServer,
  command: string,
  { read, user }: StartCheck,
): Promise<Problem[]> {
  const words = shellWords(command);
  if (ASSIGNMENT.test(words[0] ?? "")) {
    const text = `Kong runs "exec ${command}", and exec takes a program, not a variable`;
    return [[text, `Put env before it: env ${command}.`]];
  }
  const wrong = await checkProgram(programOf(words), user);
  if (wrong) return [wrong];
  let served: ServedBy | undefined;
  try {
    served = read(command);
  } catch (error) {
    if (!(error instanceof GibbonError)) throw error;
    return [[`gibbon does not start with it: ${error.message}`, error.remedy ?? "Correct it."]];
  }
  return served ? await checkServed(server, served, user) : [];
}

/** The program of a command's words, also behind `env NAME=VALUE`. */
function programOf([first = "", ...rest]: readonly string[]): string {
  return first === "env" ? rest.find((word) => !ASSIGNMENT.test(word)) ?? first : first;
}

async function checkProgram(program: string, user: User | undefined): Promise<Problem | undefined> {
  const path = program.includes("/") ? program : findOnPath(program);
  if (path === undefined) {
    const text = `there is no program ${program} on this user's PATH`;
    return [text, "Write its whole path: Kong runs it by exec, perhaps with another PATH."];
  }
  if (!isExecutable(path)) {
    const text = `there is no ${path} that this user may run`;
    return [text, "Correct the path, or give it the run bit: chmod 755."];
  }
  const closed = user && await findHindrance(user, path, RUN);
  return closed && hindered(closed, `Kong's user ${user.name}, who starts it, may not run it`);
}

function findOnPath(program: string): string | undefined {
  return (process.env.PATH ?? "").split(delimiter).filter(Boolean)
    .map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Whether gibbon would find and may use what its options name. */
async function checkServed(
  { key, socket }: PluginServer,
  served: ServedBy,
  user: User | undefined,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  if (resolve(served.socket) !== resolve(socket)) {
    const text = `gibbon is to listen on ${served.socket}, and Kong connects to ${socket}`;
    problems.push([text, `Give both one path: --socket, and ${key}_socket.`]);
  }
  if (user === undefined) return problems;
  const who = `Kong's user ${user.name}, who starts it,`;
  const folder = dirname(resolve(served.socket));
  const closed = await findHindrance(user, folder, WRITE | ENTER);
  if (closed) problems.push(hindered(closed, `${who} may not make a socket in ${folder}`));
  else if (isKept(resolve(served.socket), user)) {
    const text = `${who} may not replace the socket that is there: in ${folder} only owners may`;
    problems.push([text, "Stop the server that runs: it takes its socket away."]);
  }
  const { directory, group } = served;
  const unread = directory && await findHindrance(user, directory, READ | ENTER);
  if (unread) problems.push(hindered(unread, `${who} may not read the plugins in ${directory}`));
  if (group !== undefined && user.id !== 0 && !user.groups.includes(group)) {
    const text = `${who} is not in the group ${groupName(group)} of --socket-group`;
    const remedy = `Leave the option out: ${user.name} starts gibbon, and connects to it.`;
    problems.push([text, remedy]);
  }
  return problems;
}

/** Whether a file is somebody else's in a directory with the sticky bit, such as /tmp. */
function isKept(file: string, user: User): boolean {
  const [found, folder] = [file, dirname(file)].map((path) =>
    statSync(path, { throwIfNoEntry: false })
  );
  if (!found || !folder || user.id === 0) return false;
  return (folder.mode & STICKY) !== 0 && user.id !== found.uid && user.id !== folder.uid;
}

function hindered({ path, owner, grant }: Hindrance, text: string): Problem {
  return [`${text}: ${path} is closed to it (${owner})`, `Let it: ${grant}`];
}

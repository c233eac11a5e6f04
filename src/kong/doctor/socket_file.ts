// The socket's file: whether it is there and is one, and who may connect to it.
import { codeOf } from "../../base/errors.ts";
import { Buffer } from "node:buffer";
import { realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type Finding, ok, problem, warning } from "./finding.ts";
import { findHindrance, foldersOf } from "./access.ts";
import { describeOwner, ENTER, groupName, may, type Owned, type User, WRITE } from "./users.ts";

/** What the kernel has room for in the address of a Unix socket, in bytes. */
const PATH_BYTES = 107;

/** What is known of a socket's file. */
export interface SocketFile {
  readonly findings: readonly Finding[];
  /** Whether it makes sense to connect. */
  readonly usable: boolean;
}

/**
 * Looks at a socket's file.
 *
 * @param user whom Kong's workers run as, if that is known
 */
export async function checkSocketFile(path: string, user: User | undefined): Promise<SocketFile> {
  const file = resolve(path);
  const bytes = Buffer.byteLength(file);
  if (bytes > PATH_BYTES) {
    const text = `its path takes ${bytes} bytes, and a Unix socket has room for ${PATH_BYTES}`;
    const remedy = "Choose a shorter path, for gibbon and for Kong";
    return unusable(problem(path, text, `${remedy} (pluginserver_XXX_socket).`));
  }
  let found: Awaited<ReturnType<typeof stat>>;
  try {
    found = await stat(file);
  } catch (error) {
    return unusable(await explainMissing(path, file, codeOf(error)));
  }
  if (!found.isSocket()) {
    const kind = found.isDirectory() ? "a directory" : "a file";
    const remedy = "Remove it if nobody needs it, or choose another path for the socket.";
    return unusable(problem(path, `there is ${kind}, not a socket`, remedy));
  }
  return { usable: true, findings: await checkPermissions(path, file, found as Owned, user) };
}

function unusable(finding: Finding): SocketFile {
  return { usable: false, findings: [finding] };
}

/** Why there is nothing to be seen at a path. */
async function explainMissing(path: string, file: string, code: unknown): Promise<Finding> {
  let folder = dirname(file);
  let found: Owned | undefined;
  // The first folder from the end that can be seen is the one that matters.
  while (!(found = await stat(folder).catch(() => undefined)) && folder !== "/") {
    folder = dirname(folder);
  }
  if (code === "EACCES") {
    const owner = found ? ` (${describeOwner(found)})` : "";
    const remedy =
      "Run this as gibbon's or Kong's user; if that is Kong's, let it enter: chmod 0750.";
    return problem(path, `this user may not enter ${folder}${owner}`, remedy);
  }
  if (folder !== dirname(file)) {
    const remedy = "Create it, or correct the path of the socket.";
    return problem(path, `the directory ${dirname(file)} does not exist`, remedy);
  }
  const remedy = "Start the server, or correct the path; its log says why it did not start.";
  return problem(path, "there is no socket", remedy);
}

async function checkPermissions(
  path: string,
  file: string,
  socket: Owned,
  user: User | undefined,
): Promise<Finding[]> {
  const folders = await foldersOf(await realpath(file).catch(() => file));
  const findings: Finding[] = [];
  const remedy = "Give it a mode of 0660 and a group: --socket-mode, --socket-group.";
  if ((socket.mode & WRITE) !== 0 && folders.every(([, { mode }]) => (mode & ENTER) !== 0)) {
    const text = `everybody on this machine may connect, and so run plugins (${
      describeOwner(socket)
    })`;
    findings.push(warning(path, text, remedy));
  } else findings.push(ok(path, `a socket, ${describeOwner(socket)}`));
  for (const [folder, owned] of folders) {
    const sticky = (owned.mode & 0o1000) !== 0;
    if ((owned.mode & WRITE) === 0 || sticky) continue;
    const text = `everybody may put another socket into ${folder} (${describeOwner(owned)})`;
    findings.push(warning(path, text, `Take that right away: chmod o-w ${folder}.`));
  }
  if (user) findings.push(await checkUser(path, file, socket, user));
  return findings;
}

async function checkUser(
  path: string,
  file: string,
  socket: Owned,
  user: User,
): Promise<Finding> {
  const closed = await findHindrance(user, dirname(file), ENTER);
  if (closed) {
    const text = `Kong's user ${user.name} may not enter ${closed.path} (${closed.owner})`;
    const remedy = `Let it, or choose another path for the socket: ${closed.grant}`;
    return problem(path, text, remedy);
  }
  if (!may(user, WRITE, socket)) {
    const text = `Kong's user ${user.name} may not connect (${describeOwner(socket)})`;
    const remedy = `Start gibbon as ${user.name}, as Kong's own start_cmd does, or with ` +
      `--socket-mode 0660 --socket-group ${groupName(user.groups[0]!)}`;
    return problem(path, text, remedy);
  }
  return ok(path, `Kong's user ${user.name} may connect`);
}

// What ends the processes and removes the folders of a test process that is gone, however it went.
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Waits for the end of its input, which is the end of the test process, of whatever kind. Then it
 * reads a list: a line for each process group (`+ ID`, and `- ID` when nothing is left of it) and
 * for each folder (`d PATH`). It kills the groups, and removes the folders once nobody writes into
 * them any more.
 */
const SCRIPT = `
trap '' HUP INT TERM
while read -r nothing; do :; done
list=$1 groups=' '
shift
while read -r what value; do
  case $what in
    +) groups="$groups$value " ;;
    -) groups="\${groups%% $value *} \${groups#* $value }" ;;
    d) set -- "$@" "$value" ;;
  esac
done < "$list/list"
for group in $groups; do kill -9 "-$group" && killed=yes; done
[ -z "$killed" ] || sleep 0.2
rm -rf -- "$@" "$list"
`;

let reaper: { readonly process: ChildProcess; readonly list: string } | undefined;

/** In a group that no terminal's ^C reaches. */
function startReaper() {
  const folder = mkdtempSync(join(tmpdir(), "gibbon-"));
  const process = spawn("sh", ["-c", SCRIPT, "reaper", folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  process.unref();
  return { process, list: join(folder, "list") };
}

/** Has it ready before a process is started, which is then told of at once. */
export function prepareReaper(): void {
  reaper ??= startReaper();
}

/** By a file: what is written to a pipe can still be in this process when that is killed. */
function tell(line: string): void {
  reaper ??= startReaper();
  appendFileSync(reaper.list, `${line}\n`);
}

/** Has a process group killed when this process is gone. */
export function reapGroup(id: number): void {
  tell(`+ ${id}`);
}

/** Says that nothing is left of a group: its number may be somebody else's from now on. */
export function forgetGroup(id: number): void {
  tell(`- ${id}`);
}

/** Has a folder removed when this process is gone. */
export function reapFolder(path: string): void {
  tell(`d ${path}`);
}

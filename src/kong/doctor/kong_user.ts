// Whom Kong's workers run as: seen at a Kong that runs, else by its settings and their defaults.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isBefore } from "../config/settings.ts";
import { DEFAULT_PREFIX } from "../server/socket_defaults.ts";
import { type Finding, ok, warning } from "./finding.ts";
import type { KongSettings } from "./kong_settings.ts";
import { findUser, groupId, type User, userName } from "./users.ts";

/** The user, and what is to be said of how it was found. */
export interface KongUser {
  /** Undefined if it is not known, or whoever asks is that user. */
  readonly user?: User | undefined;
  readonly findings: readonly Finding[];
}

/** What the answer depends on, besides the settings. */
export interface Circumstances {
  /** Kong's version, if it is known. */
  readonly kong: readonly [number, number] | undefined;
  /** The user id of this process: Kong is taken to be started by the same. */
  readonly uid: number;
}

/** Finds the user. Only root can give nginx's workers to another one. */
export async function findKongUser(
  settings: KongSettings,
  { kong, uid }: Circumstances,
): Promise<KongUser> {
  const running = await findRunning(settings.get("prefix") || DEFAULT_PREFIX);
  if (running) {
    const text = `Kong's worker ${running.pid} runs as ${running.user.name}`;
    return { user: running.user, findings: [ok("nginx_user", text)] };
  }
  // Without any settings nothing is known of Kong, not even that it is on this machine.
  if (settings.size === 0) return { findings: [] };
  const given = settings.get("nginx_main_user") || settings.get("nginx_user");
  if (given) return byName(given, uid);
  if (uid !== 0) return { findings: [] };
  const user = defaultUser(kong);
  const text = `it is not set: Kong's workers run as ${user?.name ?? "nobody"} if root starts Kong`;
  return { user, findings: [ok("nginx_user", text)] };
}

/** The user of a setting, `NAME` or `NAME GROUP`, as nginx takes it. */
function byName(given: string, uid: number): KongUser {
  const [name = "", group = name] = given.split(/\s+/);
  const user = findUser(name);
  if (user) {
    const groups = [groupId(group) ?? user.groups[0]!, ...user.groups.slice(1)];
    return { user: { ...user, groups }, findings: [] };
  }
  // These two are Kong's own defaults, which it forgets where they are not there.
  if (name === "kong" || name === "nobody") {
    return { user: uid === 0 ? findUser("nobody") : undefined, findings: [] };
  }
  const text = `there is no user ${name} here`;
  const remedy = "Create it, or name another one, if Kong runs on this machine: nginx does not " +
    "start where root starts it without that user.";
  return { findings: [warning("nginx_user", text, remedy)] };
}

/** nginx's own default, and from Kong 2.3 on `kong`, where there is such a user and group. */
function defaultUser(kong: readonly [number, number] | undefined): User | undefined {
  const isOld = kong !== undefined && isBefore(kong, [2, 3]);
  const group = groupId("kong");
  const user = isOld || group === undefined ? undefined : findUser("kong");
  return user ? { ...user, groups: [group!, ...user.groups.slice(1)] } : findUser("nobody");
}

/** A worker of the Kong that runs in a prefix. */
async function findRunning(prefix: string): Promise<{ pid: number; user: User } | undefined> {
  const text = await readFile(join(prefix, "pids", "nginx.pid"), "utf8").catch(() => "");
  const master = Number.parseInt(text, 10);
  if (!(master > 0) || !await isNginx(master)) return undefined;
  for (const name of await readdir("/proc").catch(() => [])) {
    const pid = Number(name);
    if (!(pid > 0)) continue;
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const ids = (field: string) => {
      const [, found = ""] = new RegExp(`^${field}:[ \\t]*(.*)$`, "m").exec(status) ?? [];
      return found.split(/\s+/).filter(Boolean).map(Number);
    };
    // The others are the cache manager and the privileged agent, which stays root.
    if (ids("PPid")[0] !== master || !await isWorker(pid)) continue;
    const [, id = 0] = ids("Uid");
    const [, group = 0] = ids("Gid");
    return { pid, user: { name: userName(id), id, groups: [group, ...ids("Groups")] } };
  }
  return undefined;
}

async function isWorker(pid: number): Promise<boolean> {
  const title = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return title.includes("nginx: worker process") && await isNginx(pid);
}

async function isNginx(pid: number): Promise<boolean> {
  const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
  return ["nginx", "openresty"].includes(name.trimEnd());
}

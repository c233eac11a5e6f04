// A unit of systemd for a server of its own, which Kong does not start: shut in, and looked after.
import { dirname } from "node:path";
import { GibbonError } from "../../base/errors.ts";
import { asConf } from "./formats.ts";
import { isBefore, kongSettings, type Layout } from "./settings.ts";

const RUN = "/run/";

/** What the process does without. The engine compiles at run time, so memory may become code. */
const WALLS = [
  "NoNewPrivileges=yes",
  "CapabilityBoundingSet=",
  "ProtectSystem=strict",
  "PrivateTmp=yes",
  "PrivateDevices=yes",
  "ProtectKernelTunables=yes",
  "ProtectKernelModules=yes",
  "ProtectControlGroups=yes",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "LockPersonality=yes",
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
  "SystemCallArchitectures=native",
  "SystemCallFilter=@system-service",
  "SystemCallErrorNumber=EPERM",
];

/**
 * Writes it, with Kong's settings as comments at its end.
 *
 * @throws {GibbonError} OPTION_INVALID for a Kong that starts its server itself, and for a socket that is
 * not in a folder of /run, which systemd makes
 */
export function asUnit(layout: Layout): string {
  const { kong, executable, directory, socket } = layout;
  if (isBefore(kong, [2, 3])) {
    throw new GibbonError("OPTION_INVALID", "Kong before 2.3 starts its plugin server itself", {
      remedy: "Leave --format out: what it prints has Kong start gibbon.",
    });
  }
  const folder = dirname(socket);
  const name = folder.slice(RUN.length);
  if (!folder.startsWith(RUN) || !/^[\w.-]+$/.test(name)) {
    throw new GibbonError("OPTION_INVALID", `${socket} is in no folder of /run`, {
      remedy: "Name one that systemd makes: --socket /run/gibbon/gibbon.socket.",
    });
  }
  const serve = [executable, "serve", "--plugins-directory", directory, "--socket", socket];
  const access = ["--socket-mode", "0660", "--socket-group", "kong", "--no-exit-with-parent"];
  const settings = kongSettings(layout).filter(([key]) => !key.endsWith("_start_cmd"));
  return [
    "[Unit]",
    "Description=gibbon, plugins for Kong",
    "Before=kong.service",
    "",
    "[Service]",
    "Type=notify",
    "WatchdogSec=30",
    `ExecStart=${[...serve, ...access].map(unitWord).join(" ")}`,
    "User=gibbon",
    "Group=kong",
    `RuntimeDirectory=${name}`,
    "RuntimeDirectoryMode=0750",
    // A server that has handed its socket over ends with 0.
    "Restart=on-failure",
    "LimitNOFILE=65536",
    "MemoryMax=1G",
    "TasksMax=128",
    "",
    ...WALLS,
    // Plugins may lie in somebody's home.
    `ProtectHome=${/^\/(?:home|root)\//.test(directory) ? "read-only" : "yes"}`,
    "",
    "[Install]",
    "WantedBy=multi-user.target",
    "",
    "# For kong.conf, where Kong is not to start gibbon:",
    ...asConf(settings).trimEnd().split("\n").map((line) => `# ${line}`),
    "",
  ].join("\n");
}

/** A word of a command in a unit, where % and $ stand for something, and quotes hold it together. */
function unitWord(word: string): string {
  const plain = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w/.:=@%$+-]+$/.test(plain) ? plain : `"${plain.replace(/["\\]/g, "\\$&")}"`;
}

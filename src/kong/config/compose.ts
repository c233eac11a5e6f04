// A compose file: Kong with gibbon in one container that can write to little and has no privileges.
import { healthCommand, KONG_USER, ownSettings, writableFolders } from "./container.ts";
import { variableOf } from "./formats.ts";
import type { Pod } from "./manifests.ts";
import type { Setting } from "./settings.ts";
import { toYaml, type YamlValue } from "./yaml.ts";

/**
 * Writes it.
 *
 * @param source path of the plugins directory on the machine that runs it
 */
export function asCompose(settings: readonly Setting[], pod: Pod, source: string): string {
  const owner = `mode=0755,uid=${KONG_USER},gid=${KONG_USER}`;
  const mount = { type: "bind", source, target: pod.directory, read_only: true };
  const kong = {
    image: pod.image,
    user: `${KONG_USER}:${KONG_USER}`,
    environment: Object.fromEntries(ownSettings(settings, pod).map(variableOf)),
    ports: ["8000:8000", "8443:8443"],
    ...(pod.plugins === "image" ? {} : { volumes: [mount] }),
    read_only: true,
    tmpfs: writableFolders(pod).map((folder) => `${folder}:${owner}`),
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
    mem_limit: "2g",
    stop_grace_period: "30s",
    healthcheck: {
      test: ["CMD", ...healthCommand(pod)],
      ...{ interval: "10s", timeout: "5s", retries: 3, start_period: "30s" },
    },
    restart: "unless-stopped",
  };
  return toYaml({ services: { kong: literal(kong) } });
}

/** Compose replaces variables in every text; two dollars are one. */
function literal(value: YamlValue): YamlValue {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(literal);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, literal(inner)]));
}

// Kubernetes: values for Kong's Helm chart, and manifests that run Kong with gibbon.
import { Buffer } from "node:buffer";
import type { Setting } from "./settings.ts";
import { variableOf } from "./formats.ts";
import { toYaml, type YamlValue } from "./yaml.ts";

/** Name of the volume, of the ConfigMap behind it, and of what runs. */
const VOLUME = "gibbon-plugins";
const NAME = "kong-gibbon";

/** What a pod needs beside the settings. */
export interface Pod {
  /** An image with Kong and gibbon. */
  readonly image: string;
  /** Path of the plugins directory in the pod. */
  readonly directory: string;
  /** A PersistentVolumeClaim with the plugins; undefined for the ConfigMap. */
  readonly claim: string | undefined;
}

/** Files of a plugins directory, by name. */
export type Files = ReadonlyMap<string, Uint8Array>;

/**
 * Values for Kong's chart. It puts KONG_ before the names in `env`.
 *
 * @param before what has to be done before, as a command: the chart makes no ConfigMap
 */
export function asHelmValues(
  settings: readonly Setting[],
  pod: Pod,
  before: string | undefined,
): string {
  const [repository, tag] = splitImage(pod.image);
  const comment = before === undefined ? "" : `# Before: ${before}\n`;
  return comment + toYaml({
    image: tag === undefined ? { repository } : { repository, tag },
    env: Object.fromEntries(settings),
    deployment: {
      userDefinedVolumes: [volume(pod)],
      userDefinedVolumeMounts: [mount(pod)],
    },
  });
}

/** A ConfigMap with the plugins, unless they are on a claim, and a deployment of Kong. */
export function asManifests(settings: readonly Setting[], pod: Pod, files: Files): string {
  const documents = pod.claim === undefined ? [configMap(files)] : [];
  return [...documents, deployment(settings, pod)].map(toYaml).join("---\n");
}

/** A port of the registry is no tag. */
function splitImage(image: string): [repository: string, tag: string | undefined] {
  const at = image.lastIndexOf(":");
  return at > image.lastIndexOf("/")
    ? [image.slice(0, at), image.slice(at + 1)]
    : [image, undefined];
}

function volume({ claim }: Pod): YamlValue {
  return claim === undefined
    ? { name: VOLUME, configMap: { name: VOLUME } }
    : { name: VOLUME, persistentVolumeClaim: { claimName: claim, readOnly: true } };
}

function mount({ directory }: Pod): YamlValue {
  return { name: VOLUME, mountPath: directory, readOnly: true };
}

/** The ConfigMap alone. */
export function asConfigMap(files: Files): string {
  return toYaml(configMap(files));
}

function configMap(files: Files): YamlValue {
  const data: Record<string, string> = {};
  const binaryData: Record<string, string> = {};
  for (const [name, bytes] of files) {
    const text = textOf(bytes);
    if (text === undefined) binaryData[name] = Buffer.from(bytes).toString("base64");
    else data[name] = text;
  }
  const more = Object.keys(binaryData).length > 0 ? { binaryData } : {};
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: VOLUME }, data, ...more };
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function deployment(settings: readonly Setting[], pod: Pod): YamlValue {
  const labels = { app: NAME };
  const all: readonly Setting[] = [["database", "off"], ...settings];
  const container = {
    name: "kong",
    image: pod.image,
    env: all.map(variableOf).map(([name, value]) => ({ name, value })),
    ports: [
      { name: "proxy", containerPort: 8000 },
      { name: "proxy-tls", containerPort: 8443 },
    ],
    volumeMounts: [mount(pod)],
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: NAME, labels },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container], volumes: [volume(pod)] } },
    },
  };
}

// Kubernetes: values for Kong's Helm chart, and manifests that run Kong with gibbon.
import { Buffer } from "node:buffer";
import type { Setting } from "./settings.ts";
import {
  healthCommand,
  KONG_USER,
  ownSettings,
  STATUS_PORT,
  writableFolders,
} from "./container.ts";
import { variableOf } from "./formats.ts";
import { toYaml, type YamlValue } from "./yaml.ts";

/** Name of the volume, of the ConfigMap behind it, and of what runs. */
const VOLUME = "gibbon-plugins";
const NAME = "kong-gibbon";
/** What the containers of Kong's chart can write to by themselves. */
const CHART_FOLDERS = ["/kong_prefix", "/tmp"];
const LABELS = { app: NAME };

/** To begin with: plugins that keep much, and more workers, need more. */
const RESOURCES = { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "2Gi" } };

/** Where the plugins come from. */
export type PodPlugins = "configmap" | "image" | { readonly claim: string };

/** What a pod needs beside the settings. */
export interface Pod {
  /** An image with Kong and gibbon. */
  readonly image: string;
  /** Path of the plugins directory in the pod. */
  readonly directory: string;
  readonly plugins: PodPlugins;
  /** Kong's prefix: a folder that can be written to, where all else cannot. */
  readonly prefix: string;
  /** Path of the socket. */
  readonly socket: string;
  /** Path of gibbon in the pod. */
  readonly executable: string;
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
  const folders = folderVolumes(
    writableFolders(pod).filter((path) => !CHART_FOLDERS.includes(path)),
  );
  const userDefinedVolumes = [...pluginVolumes(pod), ...folders.volumes];
  const deployment = userDefinedVolumes.length === 0 ? {} : {
    deployment: {
      userDefinedVolumes,
      userDefinedVolumeMounts: [...pluginMounts(pod), ...folders.mounts],
    },
  };
  return comment + toYaml({
    image: tag === undefined ? { repository } : { repository, tag },
    env: Object.fromEntries([
      ...(CHART_FOLDERS.includes(pod.prefix) ? [] : [["prefix", pod.prefix]]),
      ...settings,
    ]),
    ...deployment,
    // The chart has one by HTTP, and a probe has one way of asking.
    readinessProbe: { httpGet: null, ...readiness(pod) },
    resources: RESOURCES,
  });
}

/** A ConfigMap with the plugins, unless they are elsewhere, a deployment of Kong, and its service. */
export function asManifests(settings: readonly Setting[], pod: Pod, files: Files): string {
  const documents = pod.plugins === "configmap" ? [configMap(files)] : [];
  return [...documents, deployment(settings, pod), service()].map(toYaml).join("---\n");
}

/** A port of the registry is no tag. */
function splitImage(image: string): [repository: string, tag: string | undefined] {
  const at = image.lastIndexOf(":");
  return at > image.lastIndexOf("/")
    ? [image.slice(0, at), image.slice(at + 1)]
    : [image, undefined];
}

function pluginVolumes({ plugins }: Pod): YamlValue[] {
  if (plugins === "image") return [];
  if (plugins === "configmap") return [{ name: VOLUME, configMap: { name: VOLUME } }];
  const persistentVolumeClaim = { claimName: plugins.claim, readOnly: true };
  return [{ name: VOLUME, persistentVolumeClaim }];
}

function pluginMounts({ plugins, directory }: Pod): YamlValue[] {
  return plugins === "image" ? [] : [{ name: VOLUME, mountPath: directory, readOnly: true }];
}

/** Folders that can be written to, and are empty when the pod starts. */
function folderVolumes(paths: readonly string[]) {
  const mounts = paths.map((mountPath, at) => ({ name: `writable-${at}`, mountPath }));
  return { mounts, volumes: mounts.map(({ name }) => ({ name, emptyDir: {} })) };
}

/** Whether the plugin server is there, without which no request with a plugin is answered. */
function readiness(pod: Pod) {
  return {
    exec: { command: healthCommand(pod) },
    ...{ initialDelaySeconds: 5, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
  };
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
  const folders = folderVolumes(writableFolders(pod));
  const status = (path: string) => ({ httpGet: { path, port: "status" }, timeoutSeconds: 5 });
  const container = {
    name: "kong",
    image: pod.image,
    env: ownSettings(settings, pod).map(variableOf).map(([name, value]) => ({ name, value })),
    ports: [
      { name: "proxy", containerPort: 8000 },
      { name: "proxy-tls", containerPort: 8443 },
      { name: "status", containerPort: STATUS_PORT },
    ],
    // A plugin server that is away keeps requests away; only a Kong that is gone is started again.
    startupProbe: { ...status("/status"), periodSeconds: 2, failureThreshold: 60 },
    readinessProbe: readiness(pod),
    livenessProbe: { ...status("/status"), periodSeconds: 10, failureThreshold: 3 },
    // What is under way may end; with what Kong itself takes this is less than the grace period.
    lifecycle: { preStop: { exec: { command: ["kong", "quit", "--wait=15"] } } },
    resources: RESOURCES,
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      privileged: false,
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [...pluginMounts(pod), ...folders.mounts],
  };
  const spec = {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 30,
    securityContext: {
      runAsNonRoot: true,
      ...{ runAsUser: KONG_USER, runAsGroup: KONG_USER, fsGroup: KONG_USER },
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [container],
    volumes: [...pluginVolumes(pod), ...folders.volumes],
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: NAME, labels: LABELS },
    spec: { selector: { matchLabels: LABELS }, template: { metadata: { labels: LABELS }, spec } },
  };
}

function service(): YamlValue {
  const ports = [["proxy", 80], ["proxy-tls", 443]] as const;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: NAME, labels: LABELS },
    spec: {
      selector: LABELS,
      ports: ports.map(([name, port]) => ({ name, port, targetPort: name })),
    },
  };
}

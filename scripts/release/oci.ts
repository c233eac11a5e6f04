// An image layout of OCI with the one file at /gibbon, made without an engine: images to copy from.
import type { Target } from "../build/executable.ts";
import { sha256 } from "./digests.ts";
import type { Release } from "./release.ts";
import { type Entry, gzipped, tar } from "./tarball.ts";

/** Refers to something in the layout. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

const TYPES = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;

/** The images, each for all of its platforms: what is put behind the version as tag, and targets. */
const IMAGES: readonly (readonly [suffix: string, targets: readonly Target[]])[] = [
  ["", ["linux-x64", "linux-arm64"]],
  ["-musl", ["linux-x64-musl", "linux-arm64-musl"]],
];

/**
 * Makes the layout's files; platforms without an executable are left out.
 *
 * @param read gives an executable
 */
export async function makeImageLayout(
  release: Release,
  targets: readonly Target[],
  read: (target: Target) => Promise<Uint8Array>,
): Promise<Entry[]> {
  const blobs = new Map<string, Entry>();
  const add = (mediaType: string, data: Uint8Array | string): Descriptor => {
    const digest = sha256(data);
    const path = `blobs/sha256/${digest}`;
    blobs.set(path, { path, data });
    return { mediaType, digest: `sha256:${digest}`, size: byteLength(data) };
  };
  const images: Descriptor[] = [];
  for (const [suffix, all] of IMAGES) {
    const manifests: Descriptor[] = [];
    for (const target of all.filter((each) => targets.includes(each))) {
      manifests.push(await addManifest(release, target, await read(target), add));
    }
    if (manifests.length === 0) continue;
    const index = { schemaVersion: 2, mediaType: TYPES.index, manifests };
    const name = { "org.opencontainers.image.ref.name": `${release.version}${suffix}` };
    images.push({ ...add(TYPES.index, json(index)), annotations: name });
  }
  return [
    { path: "oci-layout", data: json({ imageLayoutVersion: "1.0.0" }) },
    {
      path: "index.json",
      data: json({ schemaVersion: 2, mediaType: TYPES.index, manifests: images }),
    },
    { path: "blobs/" },
    { path: "blobs/sha256/" },
    ...blobs.values(),
  ];
}

async function addManifest(
  { version, description, commit, time }: Release,
  target: Target,
  executable: Uint8Array,
  add: (mediaType: string, data: Uint8Array | string) => Descriptor,
): Promise<Descriptor> {
  const layer = await tar([{ path: "gibbon", data: executable, mode: 0o755 }], time);
  const platform = { architecture: target.includes("arm64") ? "arm64" : "amd64", os: "linux" };
  const labels = {
    "org.opencontainers.image.title": "gibbon",
    "org.opencontainers.image.description": description,
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.revision": commit,
    "org.opencontainers.image.licenses": "Apache-2.0",
  };
  const created = time.toISOString();
  const config = add(
    TYPES.config,
    json({
      created,
      ...platform,
      config: { Entrypoint: ["/gibbon"], User: "65534:65534", Labels: labels },
      rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] },
      history: [{ created, created_by: "deno task release", comment: target }],
    }),
  );
  const layers = [add(TYPES.layer, await gzipped(layer))];
  const manifest = { schemaVersion: 2, mediaType: TYPES.manifest, config, layers };
  return { ...add(TYPES.manifest, json({ ...manifest, annotations: labels })), platform };
}

function json(value: unknown): string {
  return JSON.stringify(value);
}

function byteLength(data: Uint8Array | string): number {
  return typeof data === "string" ? new TextEncoder().encode(data).length : data.length;
}

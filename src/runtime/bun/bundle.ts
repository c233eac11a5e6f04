// Bundles a module with Bun's own bundler, which is in the executable too.
import type { SourceMapPayload } from "node:module";
import { relative, resolve } from "node:path";
import process from "node:process";
import { ModuleFailure } from "../shared/modules/failure.ts";
import { isPackage } from "../shared/modules/package_name.ts";
import type { BundledModule, BundleOptions } from "../contract.ts";

/** What is used of Bun's own API. */
interface BunBundler {
  build(options: {
    readonly entrypoints: readonly string[];
    readonly target: "node";
    readonly format: "esm";
    readonly sourcemap: "external";
    readonly metafile: true;
    readonly throw: false;
    readonly external: readonly string[];
    readonly banner: string;
    readonly define: Readonly<Record<string, string>>;
    readonly minify: { readonly whitespace: boolean; readonly syntax: boolean };
    readonly plugins: readonly {
      readonly name: string;
      setup(build: {
        onResolve(
          on: { readonly filter: RegExp },
          resolve: (args: { readonly path: string }) => undefined | {
            readonly path: string;
            readonly external: boolean;
          },
        ): void;
      }): void;
    }[];
  }): Promise<BuildResult>;
}

interface BuildResult {
  readonly success: boolean;
  readonly logs: readonly {
    readonly message: string;
    readonly position?: { file: string; line: number; column: number } | null;
  }[];
  readonly outputs: readonly (Blob & { readonly kind: string; readonly path: string })[];
  readonly metafile?: {
    readonly inputs: Readonly<
      Record<string, { readonly imports: readonly { path: string; external?: boolean }[] }>
    >;
  };
}

declare const Bun: BunBundler;

/**
 * Bun's bundler would write the paths of this machine into the bundle for these; a bundle knows only
 * where it lies itself.
 */
const OWN_PLACE = { __dirname: "__bundle_dirname", __filename: "__bundle_filename" } as const;

/** Implements `Runtime.bundleModule`. */
export async function bundleModule(
  file: string,
  { external, banner, minify }: BundleOptions,
): Promise<BundledModule> {
  const result = await Bun.build({
    entrypoints: [file],
    // Neither Bun's own variants of packages nor browsers': a bundle runs on all three runtimes.
    target: "node",
    format: "esm",
    sourcemap: "external",
    metafile: true,
    throw: false,
    external,
    define: OWN_PLACE,
    minify: { whitespace: minify, syntax: minify },
    banner: `${banner}\nconst __bundle_dirname = import.meta.dirname, ` +
      "__bundle_filename = import.meta.filename;",
    plugins: [{
      name: "built-ins",
      // Deno knows them by their whole names only.
      setup: (build) => build.onResolve({ filter: /^[a-z][\w/]*$/ }, withWholeName),
    }],
  });
  if (!result.success) throw failureOf(result, file);
  return await read(result, file);
}

function withWholeName({ path }: { readonly path: string }) {
  // Bun's own module is no package, and none of Node.js either.
  if (path === "bun" || isPackage(path)) return undefined;
  return { path: `node:${path}`, external: true };
}

function failureOf({ logs }: BuildResult, file: string): ModuleFailure {
  const [first] = logs;
  const { position } = first ?? {};
  const place = position ? { ...position, file: resolve(position.file) } : { file };
  return new ModuleFailure(first?.message ?? "it cannot be bundled", place, first);
}

async function read({ outputs, metafile }: BuildResult, file: string): Promise<BundledModule> {
  const ofKind = (kind: string) => outputs.find((output) => output.kind === kind);
  const beside = outputs.find(({ kind }) => kind !== "entry-point" && kind !== "sourcemap");
  if (beside) {
    const message = `it imports ${relative(process.cwd(), beside.path)}, which no module has in it`;
    throw new ModuleFailure(message, { file }, undefined);
  }
  const inputs = Object.entries(metafile?.inputs ?? {});
  return {
    code: await ofKind("entry-point")?.text() ?? "",
    map: absolute(JSON.parse(await ofKind("sourcemap")!.text())),
    files: inputs.map(([path]) => resolve(path)),
    imports: inputs.flatMap(([path, { imports }]) =>
      imports.filter(({ external }) => external === true).map((one) => {
        return { specifier: one.path, importer: resolve(path) };
      })
    ),
  };
}

/** Bun's sources are relative to the working directory. */
function absolute(map: SourceMapPayload): SourceMapPayload {
  return { ...map, sources: map.sources.map((source) => resolve(source)) };
}

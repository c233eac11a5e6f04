// package.json of the npm package, and the configuration by which Deno runs tests with it.
import { PACKAGE_ENTRIES, PROGRAM, toJavaScript } from "./emit.ts";

/** What of the project's own package.json goes into it. */
export interface ProjectManifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Dependencies of the project that are in what a build makes, and not in the package's modules. */
const BUILT_IN = ["preact"];

/** @throws {Error} if the project does not depend on valibot */
export function packageManifest(project: ProjectManifest): object {
  const { version, description, license } = project;
  const { valibot, ...others } = project.dependencies;
  if (valibot === undefined) throw new Error("package.json has no dependency valibot");
  const kept = Object.entries(others).filter(([name]) => !BUILT_IN.includes(name));
  return {
    name: "gibbon",
    version,
    description,
    license,
    keywords: ["kong", "kong-plugin", "api-gateway", "plugin-server"],
    type: "module",
    // Type stripping, node:module's hooks and JSON modules are used as they are there.
    engines: { node: ">=24" },
    bin: { gibbon: `./${toJavaScript(PROGRAM)}` },
    exports: {
      ...Object.fromEntries(
        Object.entries(PACKAGE_ENTRIES).map(([name, source]) => [name, conditions(source)]),
      ),
      "./package.json": "./package.json",
    },
    files: ["mod.js", "mod.d.ts", "src", "dist", "deno.json", "CHANGELOG.md"],
    // With a range, npm takes the project's own where it has them.
    dependencies: { ...Object.fromEntries(kept), "@types/node": ">=24" },
    // A schema of another copy of valibot would have types of its own: there is to be one.
    peerDependencies: { valibot: `^${valibot}` },
  };
}

function conditions(source: string) {
  return { types: `./${source.replace(/\.ts$/, ".d.ts")}`, default: `./${toJavaScript(source)}` };
}

/** With it, `gibbon test` on Deno finds what tests import, as the project's own does for its sources. */
export function denoConfig(): object {
  const imports = Object.entries(PACKAGE_ENTRIES).map(([name, source]) => [
    `gibbon${name.slice(1)}`,
    `./${toJavaScript(source)}`,
  ]);
  return { imports: Object.fromEntries(imports) };
}

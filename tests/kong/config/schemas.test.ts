// What gibbon kong-config prints, held against the schemas of those who are to read it: Kubernetes, compose,
// Kong's chart, systemd. Slow the first time: pip gets the checkers.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { toYaml } from "../../../src/kong/config/yaml.ts";
import { runGibbon } from "../../support/gibbon.ts";
import { RUNS_ON_NODE_ALONE, RUNS_ON_NODE_ALONE_TITLE } from "../../support/once.ts";
import { checkCompose, checkKubernetes, lacksCheckers } from "../../support/schemas.ts";
import { NO_CHECKERS_TITLE } from "../../support/no_checkers.ts";
import { useWorkspace } from "../../support/workspace.ts";
import { parseYaml } from "./yaml.ts";

const PLUGIN = `
import { definePlugin } from "gibbon";
export default definePlugin({ access() {} });
`;
/** The oldest and the newest that the checker knows. */
const KUBERNETES = ["1.25", "1.37"];
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  "a ConfigMap": [],
  "a claim": ["--volume-claim", "my-plugins"],
  "the image": ["--in-image", "--socket", "/run/gibbon/gibbon.socket"],
};

const space = useWorkspace();

/** Prints a format of a directory with a plugin, into a file. */
async function printed(name: string, ...args: readonly string[]) {
  const folder = await space.folder({ "plugins/one.ts": PLUGIN });
  const directory = join(folder, "plugins");
  const ended = await runGibbon(["kong-config", "--plugins-directory", directory, ...args]);
  assert.equal(ended.code, 0, ended.stderr);
  const file = join(folder, name);
  await writeFile(file, ended.stdout);
  return { file, text: ended.stdout };
}

// Bun and Deno do not report why a suite is skipped.
if (RUNS_ON_NODE_ALONE) test(RUNS_ON_NODE_ALONE_TITLE, { skip: true }, () => {});
else if (lacksCheckers) test(NO_CHECKERS_TITLE, { skip: true }, () => {});
else {
  describe("manifests", manifests);
  describe("a compose file", compose);
  describe("values of Kong's chart", chart);
}

function manifests(): void {
  for (const [source, args] of Object.entries(SOURCES)) {
    test(`with plugins from ${source} are some for Kubernetes`, async () => {
      const { file } = await printed("all.yaml", "--format", "kubernetes", ...args);
      for (const version of KUBERNETES) await checkKubernetes(file, version);
    });
  }

  test("that are wrong are found out", async () => {
    const { file, text } = await printed("all.yaml", "--format", "kubernetes");
    for (
      const [right, wrong] of [
        ["periodSeconds: 10", "periodSecond: 10"],
        ["failureThreshold: 3", 'failureThreshold: "3"'],
        ["runAsNonRoot: true", "runAsNotRoot: true"],
      ] as const
    ) {
      assert.ok(text.includes(right));
      await writeFile(file, text.replace(right, wrong));
      await assert.rejects(checkKubernetes(file, KUBERNETES.at(-1)!), /not for Kubernetes/);
    }
  });
}

function compose(): void {
  test("is one by its specification, and one that is wrong is found out", async () => {
    for (const args of [[], ["--in-image"]]) {
      const { file, text } = await printed("compose.yaml", "--format", "compose", ...args);
      await checkCompose(file);
      await writeFile(
        file,
        text.replace("read_only: true\n    tmpfs", "readonly: true\n    tmpfs"),
      );
      await assert.rejects(checkCompose(file), /does not fit its schema/);
    }
  });
}

function chart(): void {
  for (const [source, args] of Object.entries(SOURCES)) {
    test(`with plugins from ${source} name only what it has`, async () => {
      const { text } = await printed("values.yaml", "--format", "helm", ...args);
      const [values] = parseYaml(text.replace(/^#.*\n/, "")) as [Record<string, never>];
      const data = new URL("../data/helm_values.json", import.meta.url);
      const { names } = JSON.parse(await readFile(data, "utf8"));
      for (const [name, value] of Object.entries(values)) {
        const inner = names[name] ?? assert.fail(`the chart has no ${name}`);
        if (inner === "any") continue;
        for (const each of Object.keys(value)) assert.ok(inner.includes(each), `${name}.${each}`);
      }
      // What it hands on to Kubernetes as it is.
      const { deployment = {}, readinessProbe, resources } = values as Record<string, {
        userDefinedVolumes?: never;
        userDefinedVolumeMounts?: never;
      }>;
      const probe = Object.entries(readinessProbe!).filter(([, each]) => each !== null);
      const container = {
        ...{ name: "proxy", image: "kong", resources: resources as never },
        readinessProbe: Object.fromEntries(probe),
        volumeMounts: deployment.userDefinedVolumeMounts ?? [],
      };
      const spec = { containers: [container], volumes: deployment.userDefinedVolumes ?? [] };
      const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "kong" }, spec };
      const file = join(await space.folder(), "pod.yaml");
      await writeFile(file, toYaml(pod));
      await checkKubernetes(file, KUBERNETES.at(-1)!);
    });
  }
}

const noSystemd = spawnSync("systemd-analyze", ["--version"]).status !== 0 && "there is no systemd";

test("the unit is one, and systemd finds its walls good", { skip: noSystemd }, async () => {
  const { file, text } = await printed("gibbon.service", "--format", "systemd");
  await writeFile(file, text.replace(/ExecStart=\S+/, "ExecStart=/bin/true"));
  assert.equal(execFileSync("systemd-analyze", ["verify", file], { encoding: "utf8" }), "");
  const args = ["security", "--offline=yes", file];
  const said = execFileSync("systemd-analyze", args, { encoding: "utf8" });
  const [, level] = /Overall exposure level for gibbon\.service: ([\d.]+)/.exec(said) ?? [];
  assert.ok(Number(level) <= 2.5, said.slice(-200));
});

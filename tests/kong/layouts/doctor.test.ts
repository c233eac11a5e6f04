// gibbon doctor on every layout that kong-config prints, and the probes in them: run as they are printed.
// Slow: each format is printed, and looked at, by a process of its own.
import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { parseConf } from "../../../src/kong/doctor/kong_settings.ts";
import { shellWords } from "../../../src/kong/doctor/shell.ts";
import { runGibbon, writeGibbonScript } from "../../support/gibbon.ts";
import { runProcess } from "../../support/process.ts";
import { until } from "../../support/until.ts";
import { useWorkspace } from "../../support/workspace.ts";
import { parseYaml } from "../config/yaml.ts";

const PLUGIN = `
import { definePlugin } from "gibbon";
export default definePlugin({ version: "1.2.3", access() {} });
`;
const FILES = { "plugins/api-key.ts": PLUGIN, "plugins/request-id.ts": PLUGIN };

const space = useWorkspace();

type Variables = Record<string, string>;

/** What a container gets of a format, as variables. */
interface Read {
  readonly variables: Variables;
  readonly probe?: readonly string[];
}

/** A container, as far as manifests, values and compose files say the same of it. */
interface Described {
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly environment: Variables;
  readonly healthcheck: { readonly test: readonly string[] };
  readonly readinessProbe: { readonly exec: { readonly command: readonly string[] } };
}

/** How each format is read by those whom it is for. */
const FORMATS: Readonly<Record<string, (text: string) => Read>> = {
  conf: (text) => ({ variables: named([...parseConf(text)]) }),
  env: (text) => ({ variables: Object.fromEntries(text.trim().split("\n").map(assignment)) }),
  docker: (text) => {
    const lines = text.split("\n").filter((line) => line.startsWith("ENV "));
    const pairs = lines.map((line) => assignment(line.slice(4))).map(([name, value]) =>
      [name, value.slice(1, -1).replace(/\\(["\\$])/g, "$1")] as const
    );
    return { variables: Object.fromEntries(pairs) };
  },
  helm: (text) => {
    const [values] = parseYaml(text.replace(/^#.*\n/, "")) as [{ env: Variables } & Described];
    const variables = named(Object.entries(values.env));
    return { variables, probe: values.readinessProbe.exec.command };
  },
  kubernetes: (text) => {
    const [, { spec }] = parseYaml(text) as [
      unknown,
      { spec: { template: { spec: { containers: [Described] } } } },
    ];
    const [{ env, readinessProbe }] = spec.template.spec.containers;
    const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    return { variables, probe: readinessProbe.exec.command };
  },
  compose: (text) => {
    const [{ services: { kong } }] = parseYaml(text.replaceAll("$$", "$")) as [
      { services: { kong: Described } },
    ];
    return { variables: kong.environment, probe: kong.healthcheck.test.slice(1) };
  },
};

function assignment(line: string): [name: string, value: string] {
  const at = line.indexOf("=");
  return [line.slice(0, at), line.slice(at + 1)];
}

function named(settings: readonly (readonly [name: string, value: string])[]): Variables {
  return Object.fromEntries(settings.map(([name, value]) => [`KONG_${name.toUpperCase()}`, value]));
}

/** What the doctor says with these variables, as one who runs Kong as this user. */
async function examine(variables: Variables) {
  const user = ["--kong-user", String(process.getuid?.())];
  const args = ["doctor", "--json", "--kong-version", "3.9", "--timeout", "60", ...user];
  const { code, stdout, stderr } = await runGibbon(args, { env: variables });
  assert.ok(stdout, stderr);
  const findings: { state: string; subject: string; text: string }[] = JSON.parse(stdout);
  const wrong = findings.filter(({ state }) => state !== "ok");
  return { code, wrong, subjects: new Set(findings.map(({ subject }) => subject)) };
}

async function print(folder: string, executable: string, ...more: readonly string[]) {
  const directory = join(folder, "plugins");
  const where = ["--plugins-directory", directory, "--mounted-at", directory];
  const ended = await runGibbon(["kong-config", ...where, "--executable", executable, ...more]);
  assert.equal(ended.code, 0, ended.stderr);
  return ended.stdout;
}

describe("gibbon doctor", () => {
  test("finds every layout well, with the probes in it, and says when its server is gone", async () => {
    const folder = await space.folder(FILES);
    const executable = await writeGibbonScript(folder);
    const layouts: [format: string, read: Read][] = [];
    for (const [format, read] of Object.entries(FORMATS)) {
      const args = ["--format", format, "--kong-prefix", folder];
      layouts.push([format, read(await print(folder, executable, ...args))]);
    }
    const commands = new Set(
      layouts.map(([, { variables }]) => variables.KONG_PLUGINSERVER_API_KEY_START_CMD),
    );
    assert.equal(commands.size, 1);
    const [start = ""] = commands;
    const server = space.start(["/bin/sh", "-c", `exec ${start}`]);
    await server.saying("serving plugins");
    for (const [format, { variables, probe }] of layouts) {
      const { code, wrong, subjects } = await examine(variables);
      assert.deepEqual([code, wrong], [0, []], format);
      // It looked at more than that somebody listens.
      for (const subject of ["pluginserver_api_key_start_cmd", "plugins"]) {
        assert.ok(subjects.has(subject), `${format}: ${[...subjects]}`);
      }
      // On a busy machine it may take more than the second that a probe gives it.
      if (probe) await until(async () => (await runProcess(probe)).code === 0);
    }
    assert.equal(layouts.filter(([, { probe }]) => probe).length, 3);
    server.signal("SIGTERM");
    await server.ended;
    const [, { variables, probe }] = layouts.at(-1)!;
    const { code, wrong } = await examine(variables);
    assert.equal(code, 1);
    assert.ok(wrong.some(({ state }) => state === "problem"));
    assert.equal((await runProcess(probe!)).code, 1);
  });

  test("finds the unit's server well, with what its comments have Kong told", async () => {
    const folder = await space.folder({ ...FILES, "run/.keep": "" });
    const executable = await writeGibbonScript(folder);
    const text = await print(folder, executable, "--format", "systemd");
    // What systemd makes, and a group that there need not be here.
    const here = text.replaceAll("/run/gibbon/", `${folder}/run/`)
      .replace("--socket-group kong", `--socket-group ${process.getgid?.()}`);
    const [, start = ""] = /^ExecStart=(.*)$/m.exec(here) ?? [];
    const server = space.start(shellWords(start));
    await server.saying("serving plugins");
    const settings = here.slice(here.indexOf("# plugins = ")).replaceAll(/^# /gm, "");
    const { code, wrong, subjects } = await examine(named([...parseConf(settings)]));
    assert.deepEqual([code, wrong], [0, []]);
    assert.ok(subjects.has(`${folder}/run/gibbon.socket`), [...subjects].join());
  });
});

// gibbon kong-config: the settings for each version of Kong, in each form.
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { kongSettings, type Layout } from "../../../src/kong/config/settings.ts";
import { toYaml } from "../../../src/kong/config/yaml.ts";
import { HAS_BUNDLER, makeFolder, NO_BUNDLER, runGibbon } from "../../support/gibbon.ts";
import { canRun, runProcess } from "../../support/process.ts";
import { parseYaml } from "./yaml.ts";

const PLUGIN = `
import { definePlugin } from "gibbon";
export default definePlugin({ access() {} });
/* "quotes", \\backslashes, ünïcode\u2028, tabs\t and $variables: # all of them */
`;
const LAYOUT: Layout = {
  kong: [3, 9],
  plugins: ["api-key", "request-id"],
  executable: "/usr/local/bin/gibbon",
  directory: "/plugins",
  socket: "/usr/local/kong/gibbon.socket",
};
const SERVE = "/usr/local/bin/gibbon serve --plugins-directory /plugins " +
  "--socket /usr/local/kong/gibbon.socket --exit-with-parent";
const DUMP = "/usr/local/bin/gibbon dump --plugins-directory /plugins";

const HEALTH = ["/usr/local/bin/gibbon", "health", "--socket", "/kong_prefix/gibbon.socket"];

/** What a test looks at of a pod. */
interface PodSpec {
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumes: readonly { readonly name: string }[];
  readonly containers: readonly [{
    readonly env: readonly { readonly name: string; readonly value: string }[];
    readonly readinessProbe: { readonly exec: { readonly command: readonly string[] } };
    readonly securityContext: Readonly<Record<string, unknown>>;
    readonly volumeMounts: readonly {
      readonly name: string;
      readonly mountPath: string;
      readonly readOnly?: boolean;
    }[];
  }];
}

function podOf(deployment: unknown): PodSpec {
  return (deployment as { spec: { template: { spec: PodSpec } } }).spec.template.spec;
}

const python = await canRun(["python3", "-c", "import yaml"]);

let folder: Awaited<ReturnType<typeof makeFolder>>;
before(async () => {
  folder = await makeFolder({ "api-key.ts": PLUGIN, "request-id.ts": PLUGIN });
});
after(() => folder.remove());

/** Prints the settings of the folder's plugins. */
async function print(...args: string[]): Promise<string> {
  const all = ["kong-config", "--plugins-directory", folder.path, ...args];
  const { code, stdout, stderr } = await runGibbon(all);
  assert.equal(code, 0, stderr);
  return stdout;
}

describe("the settings of Kong", () => {
  const ONE_NAME = {
    plugins: "bundled,api-key,request-id",
    pluginserver_names: "gibbon",
    pluginserver_gibbon_start_cmd: SERVE,
    pluginserver_gibbon_query_cmd: DUMP,
    pluginserver_gibbon_socket: "/usr/local/kong/gibbon.socket",
  };
  const A_NAME_EACH = {
    plugins: "bundled,api-key,request-id",
    pluginserver_names: "api-key,request-id",
    pluginserver_api_key_start_cmd: SERVE,
    pluginserver_api_key_query_cmd: `${DUMP} --plugin api-key --descriptions`,
    pluginserver_api_key_socket: "/usr/local/kong/gibbon.socket",
    pluginserver_request_id_query_cmd: `${DUMP} --plugin request-id --descriptions`,
    pluginserver_request_id_socket: "/usr/local/kong/gibbon.socket",
  };
  const LEGACY = {
    plugins: "bundled,api-key,request-id",
    go_pluginserver_exe: "/usr/local/bin/gibbon",
    go_plugins_dir: "/plugins",
  };
  const MSGPACK_ONLY = {
    ...ONE_NAME,
    pluginserver_gibbon_query_cmd: `${DUMP} --protocol MsgPack:1`,
  };
  const DESCRIBED = { ...ONE_NAME, pluginserver_gibbon_query_cmd: `${DUMP} --descriptions` };
  const VERSIONS: [kong: [number, number], expected: Record<string, string>][] = [
    [[2, 0], LEGACY],
    [[2, 2], LEGACY],
    [[2, 3], MSGPACK_ONLY],
    [[2, 4], ONE_NAME],
    [[3, 3], ONE_NAME],
    [[3, 4], DESCRIBED],
    [[3, 8], DESCRIBED],
    [[3, 9], A_NAME_EACH],
    [[3, 10], A_NAME_EACH],
    [[4, 0], A_NAME_EACH],
  ];
  for (const [kong, expected] of VERSIONS) {
    test(`are those of Kong ${kong.join(".")}`, () => {
      assert.deepEqual(Object.fromEntries(kongSettings({ ...LAYOUT, kong })), expected);
    });
  }

  test("let the name of the executable start the process, which Kong would start as well", () => {
    const settings = kongSettings({ ...LAYOUT, plugins: ["api-key", "gibbon"] });
    const started = settings.filter(([name]) => name.endsWith("_start_cmd"));
    assert.deepEqual(started, [["pluginserver_gibbon_start_cmd", SERVE]]);
  });

  test("have names that Kong can look up, whatever the plugin's", () => {
    const names = Object.fromEntries(kongSettings({ ...LAYOUT, plugins: ["My.Plugin"] }));
    assert.equal(names.plugins, "bundled,My.Plugin");
    assert.equal(names.pluginserver_names, "my_plugin");
    assert.equal(
      names.pluginserver_my_plugin_query_cmd,
      `${DUMP} --plugin My.Plugin --descriptions`,
    );
  });

  test("cannot be made for two plugins that Kong gives one name, nor for Kong 1", () => {
    const invalid = { code: "OPTION_INVALID" };
    assert.throws(() => kongSettings({ ...LAYOUT, plugins: ["a-b", "a_b"] }), invalid);
    assert.throws(() => kongSettings({ ...LAYOUT, kong: [1, 5] }), invalid);
  });

  test("quote what a shell would take apart", async () => {
    const directory = "/my plugins/it's $HOME";
    const { pluginserver_gibbon_start_cmd: command } = Object.fromEntries(
      kongSettings({ ...LAYOUT, kong: [3, 4], directory, executable: "printf '%s\\n'" }),
    );
    const { stdout } = await runProcess(["/bin/sh", "-c", `printf '%s\\n' ${command}`]);
    assert.equal(stdout.split("\n")[3], directory);
    assert.equal(stdout.split("\n")[0], "printf '%s\\n'");
  });
});

describe("gibbon kong-config prints", () => {
  test("lines for kong.conf, with the directory as it is here", async () => {
    const lines = (await print("--kong-version", "3.10")).split("\n");
    assert.equal(lines[1], "pluginserver_names = api-key,request-id");
    assert.ok(lines[2]?.includes(` --plugins-directory ${folder.path} `));
    const prefixed = await print("--kong-prefix=/k", "--mounted-at", "/p#1", "--kong-version=2.8");
    assert.match(prefixed, /^pluginserver_gibbon_socket = \/k\/gibbon\.socket$/m);
    assert.match(prefixed, /--plugins-directory '\/p\\#1' --socket/);
  });

  test("variables for a container", async () => {
    const lines = (await print("--format", "env")).split("\n");
    assert.equal(lines[0], "KONG_PLUGINS=bundled,api-key,request-id");
    assert.equal(lines[2], `KONG_PLUGINSERVER_API_KEY_START_CMD=${SERVE}`);
  });

  test("a Dockerfile", async () => {
    const text = await print("--format", "docker", "--kong-version", "3.4", "--mounted-at", "/$p");
    assert.match(
      text,
      /^FROM kong:3\.4\nCOPY --chmod=755 \["gibbon","\/usr\/local\/bin\/gibbon"\]/,
    );
    const files = ["api-key.ts", "request-id.ts"].map((name) => join(basename(folder.path), name));
    assert.ok(text.includes(`COPY ${JSON.stringify([...files, "/$p/"])}\n`), text);
    assert.match(text, /^ENV KONG_PLUGINSERVER_NAMES="gibbon"$/m);
    assert.match(text, /--plugins-directory '\/\\\$p' --socket/);
  });

  test("values for Kong's chart, whose prefix is its own", async () => {
    const text = await print("--format", "helm", "--image", "reg:5000/k:1");
    const [before = "", ...lines] = text.split("\n");
    // The chart makes no ConfigMap.
    assert.equal(
      before,
      "# Before: gibbon kong-config --format configmap --plugins-directory " +
        `${folder.path} | kubectl apply -f -`,
    );
    const [values] = parseYaml(lines.join("\n")) as [Record<string, unknown>];
    assert.deepEqual(values.image, { repository: "reg:5000/k", tag: "1" });
    const env = values.env as Record<string, string>;
    assert.equal(env.pluginserver_names, "api-key,request-id");
    assert.equal(env.pluginserver_api_key_socket, "/kong_prefix/gibbon.socket");
    assert.deepEqual(values.deployment, {
      userDefinedVolumes: [{ name: "gibbon-plugins", configMap: { name: "gibbon-plugins" } }],
      userDefinedVolumeMounts: [
        { name: "gibbon-plugins", mountPath: "/plugins", readOnly: true },
      ],
    });
    const probe = values.readinessProbe as Record<string, unknown>;
    assert.equal(probe.httpGet, null);
    assert.deepEqual(probe.exec, { command: HEALTH });
  });

  test("values with folders for a socket and a prefix that are not the chart's", async () => {
    const args = ["--kong-prefix", "/k", "--socket", "/run/gibbon/g.socket", "--in-image"];
    const [values] = parseYaml(await print("--format", "helm", ...args)) as [{
      env: Record<string, string>;
      deployment: { userDefinedVolumeMounts: { mountPath: string }[] };
    }];
    assert.equal(values.env.prefix, "/k");
    const paths = values.deployment.userDefinedVolumeMounts.map(({ mountPath }) => mountPath);
    assert.deepEqual(paths, ["/k", "/run/gibbon"]);
  });

  test("manifests with the plugins in a ConfigMap", async () => {
    const [map, deployment, service, ...more] = parseYaml(
      await print("--format", "kubernetes"),
    ) as [
      Record<string, unknown>,
      Record<string, unknown>,
      Record<string, unknown>,
    ];
    assert.deepEqual(more, []);
    assert.equal(map.kind, "ConfigMap");
    assert.deepEqual(map.data, { "api-key.ts": PLUGIN, "request-id.ts": PLUGIN });
    assert.equal(service.kind, "Service");
    const spec = podOf(deployment);
    const [container] = spec.containers;
    const env = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
    assert.equal(env.KONG_DATABASE, "off");
    assert.equal(env.KONG_PREFIX, "/kong_prefix");
    assert.match(
      env.KONG_PLUGINSERVER_API_KEY_START_CMD!,
      / --socket \/kong_prefix\/gibbon\.socket /,
    );
    assert.deepEqual(container.readinessProbe.exec.command, HEALTH);
    assert.equal(container.securityContext.readOnlyRootFilesystem, true);
    assert.equal(spec.securityContext.runAsNonRoot, true);
    // What the socket and Kong's prefix lie in can be written to, and nothing of the plugins can.
    const mounts = container.volumeMounts.map((
      { mountPath, readOnly = false },
    ) => [mountPath, readOnly]);
    assert.deepEqual(mounts, [["/plugins", true], ["/kong_prefix", false], ["/tmp", false]]);
    assert.deepEqual(
      spec.volumes.map(({ name }) => name),
      container.volumeMounts.map(({ name }) => name),
    );
  });

  test("manifests with the socket in a folder of its own, for plugins in the image", async () => {
    const args = ["--format", "kubernetes", "--in-image", "--socket", "/run/gibbon/g.socket"];
    const [deployment, service, ...more] = parseYaml(await print(...args)) as Record<
      string,
      unknown
    >[];
    assert.deepEqual(more, []);
    assert.equal(service!.kind, "Service");
    const spec = podOf(deployment);
    const paths = spec.containers[0].volumeMounts.map(({ mountPath }) => mountPath);
    assert.deepEqual(paths, ["/kong_prefix", "/tmp", "/run/gibbon"]);
    assert.ok(spec.volumes.every((volume) => "emptyDir" in volume));
  });

  test("the socket of a Kong that says itself where it is, to the probe", async () => {
    const args = ["--format", "kubernetes", "--kong-version", "2.2"];
    const [, deployment] = parseYaml(await print(...args));
    const { command } = podOf(deployment).containers[0].readinessProbe.exec;
    assert.equal(command.at(-1), "/kong_prefix/go_pluginserver.sock");
  });

  test("a compose file, in which no variable is replaced", async () => {
    const args = ["--format", "compose", "--mounted-at", "/$p", "--socket", "/s/g.socket"];
    const [{ services: { kong } }] = parseYaml(await print(...args)) as [
      { services: { kong: Record<string, unknown> } },
    ];
    const environment = kong.environment as Record<string, string>;
    assert.equal(environment.KONG_PREFIX, "/kong_prefix");
    assert.match(environment.KONG_PLUGINSERVER_API_KEY_QUERY_CMD!, / '\/\$\$p' --plugin/);
    assert.deepEqual(kong.volumes, [
      { type: "bind", source: folder.path, target: "/$$p", read_only: true },
    ]);
    const tmpfs = (kong.tmpfs as string[]).map((each) => each.split(":")[0]);
    assert.deepEqual(tmpfs, ["/kong_prefix", "/tmp", "/s"]);
    assert.equal(kong.read_only, true);
    const { test } = kong.healthcheck as { test: string[] };
    assert.deepEqual(test, ["CMD", ...HEALTH.slice(0, -1), "/s/g.socket"]);
    const [baked] = parseYaml(await print("--format", "compose", "--in-image")) as {
      services: { kong: Record<string, unknown> };
    }[];
    assert.equal(baked!.services.kong.volumes, undefined);
  });

  test("a unit for a server of its own, and what Kong is told then", async () => {
    const text = await print("--format", "systemd", "--mounted-at", "/my plugins/100%$x");
    assert.match(
      text,
      /^ExecStart=\/usr\/local\/bin\/gibbon serve --plugins-directory "\/my plugins\/100%%\$\$x" --socket \/run\/gibbon\/gibbon\.socket --socket-mode 0660 .*--no-exit-with-parent$/m,
    );
    assert.match(text, /^RuntimeDirectory=gibbon$/m);
    assert.match(text, /^# pluginserver_request_id_socket = \/run\/gibbon\/gibbon\.socket$/m);
    assert.doesNotMatch(text, /start_cmd/);
  });

  test("the ConfigMap that the chart's values name", async () => {
    const [map, ...more] = parseYaml(await print("--format", "configmap")) as [
      Record<string, unknown>,
    ];
    assert.deepEqual(more, []);
    assert.deepEqual(map.metadata, { name: "gibbon-plugins" });
    assert.deepEqual(map.data, { "api-key.ts": PLUGIN, "request-id.ts": PLUGIN });
  });

  test("manifests with the plugins on a volume", async () => {
    const args = ["--format", "kubernetes", "--volume-claim", "my-plugins"];
    const [deployment, , ...more] = parseYaml(await print(...args));
    assert.deepEqual(more, []);
    assert.deepEqual(podOf(deployment).volumes[0], {
      name: "gibbon-plugins",
      persistentVolumeClaim: { claimName: "my-plugins", readOnly: true },
    });
  });
});

describe("gibbon kong-config fails", () => {
  test("for folders that no ConfigMap carries, and says what does", async () => {
    const nested = await makeFolder({ "one.ts": PLUGIN, "data/words.txt": "" });
    const args = ["kong-config", "--plugins-directory", nested.path, "--format", "kubernetes"];
    const { code, stdout, stderr } = await runGibbon(args);
    await nested.remove();
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /data is a folder[\s\S]*--volume-claim/);
  });

  test("without plugins, without a directory, and for versions that are none", async () => {
    const empty = await makeFolder();
    const dir = ["--plugins-directory", empty.path];
    for (
      const [args, said] of [
        [dir, /no plugin in/],
        [[], /--plugins-directory is missing/],
        [[...dir, "--kong-version", "new"], /--kong-version: must be a version/],
        [[
          "--format",
          "compose",
          "--in-image",
          "--volume-claim",
          "c",
          "--plugins-directory",
          folder.path,
        ], /go not together/],
        [
          ["--format", "systemd", "--kong-version", "2.2", "--plugins-directory", folder.path],
          /starts its plugin server itself/,
        ],
        [
          ["--format", "systemd", "--socket", "/tmp/g.socket", "--plugins-directory", folder.path],
          /in no folder of \/run/,
        ],
        [
          ["--format", "compose", "--volume-claim", "c", "--plugins-directory", folder.path],
          /no volume claims/,
        ],
        [[...dir, "--format", "xml"], /--format: must be conf, env/],
      ] as const
    ) {
      const { code, stdout, stderr } = await runGibbon(["kong-config", ...args]);
      assert.equal(code, 1);
      assert.equal(stdout, "");
      assert.match(stderr, said);
    }
    await empty.remove();
  });

  test("where a plugin is left out, after printing the rest", async () => {
    const mixed = await makeFolder({ "api-key.ts": PLUGIN, "broken.ts": "export default {(" });
    const { code, stdout } = await runGibbon(["kong-config", "--plugins-directory", mixed.path]);
    await mixed.remove();
    assert.equal(code, 1);
    assert.match(stdout, /^plugins = bundled,api-key$/m);
  });
});

describe("packages above the plugins directory", () => {
  const skip = HAS_BUNDLER ? false : NO_BUNDLER;
  const FILES = {
    "plugins/one.ts": `import { status } from "statuses";
import { definePlugin } from "gibbon";
export default definePlugin({ access: (kong) => kong.response.exit(status) });
`,
    "plugins/two.ts": PLUGIN,
    "plugins/words.txt": "words",
    "plugins/gibbon.dev.json": '{ "plugins": { "one": { "key": "secret" } } }',
    "node_modules/statuses/package.json": '{ "name": "statuses", "version": "7.8.9", "main": "i" }',
    "node_modules/statuses/i.js": "exports.status = 418;",
  };
  const configOf = async (format: string) => {
    const project = await makeFolder(FILES);
    const args = ["kong-config", "--plugins-directory", "plugins", "--format", format];
    const ended = await runGibbon(args, { cwd: project.path });
    await project.remove();
    return ended;
  };

  for (const format of ["configmap", "kubernetes"]) {
    test(`are in bundles in --format ${format}, which says so`, { skip }, async () => {
      const { code, stdout, stderr } = await configOf(format);
      assert.equal(code, 0, stderr);
      const [map] = parseYaml(stdout) as [{ data: Record<string, string> }];
      assert.deepEqual(Object.keys(map.data).sort(), ["one.mjs", "two.ts", "words.txt"]);
      assert.match(map.data["one.mjs"]!, /418/);
      assert.match(stderr, /note: one goes as a bundle: one\.ts imports the package statuses/);
      assert.match(stderr, /note: statuses 7\.8\.9 comes from .*node_modules\/statuses$/m);
      assert.match(stderr, /gibbon\.dev\.json stays behind/);
      assert.ok(!stdout.includes("secret"));
    });
  }

  test("are left to gibbon bundle by a Dockerfile, which says so", async () => {
    const { code, stdout, stderr } = await configOf("docker");
    assert.equal(code, 0, stderr);
    const [before, , , ...rest] = stdout.split("\n");
    assert.equal(before, "# Before: gibbon bundle plugins --output plugins-bundled");
    assert.deepEqual(rest.filter((line) => line.startsWith("COPY")), [
      'COPY ["plugins-bundled/","/plugins/"]',
      'COPY ["plugins/words.txt","/plugins/"]',
    ]);
    assert.match(stderr, /note: the Dockerfile copies plugins-bundled/);
    assert.match(stderr, /gibbon\.dev\.json stays behind/);
  });

  test("are told of where the directory is mounted", async () => {
    const { code, stderr } = await configOf("env");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /warning: one imports statuses, which is not in .*: use gibbon bundle/);
  });

  test("cannot go along without a bundler", { skip: HAS_BUNDLER && "there is one" }, async () => {
    const { code, stdout, stderr } = await configOf("configmap");
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /one has to be bundled, and .* has no bundler[^]*executable/);
  });
});

describe("YAML", () => {
  const VALUE = {
    empty: {},
    none: [],
    "on": "off",
    "a b": ["x: y", "- z", "", "#", "~", "1", "\u0000\u0085\u2028\ufeff😀", "\\\"'"],
    nested: [{ a: { b: [{ c: 1 }, [2, [true]]] } }, "end"],
    number: -1.5,
    yes: false,
    nothing: null,
  };

  test("comes back as it was", () => {
    assert.deepEqual(parseYaml(toYaml(VALUE)), [VALUE]);
  });

  const skip = python ? false : "there is no PyYAML";
  test("is what another parser reads too", { skip }, async () => {
    const script = "import sys, json, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))";
    const { stdout } = await runProcess(["python3", "-c", script], { input: toYaml(VALUE) });
    assert.deepEqual(JSON.parse(stdout), VALUE);
  });
});

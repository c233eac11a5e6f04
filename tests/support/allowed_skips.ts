// The tests that may be skipped in CI, each with the reason. Any other that is skipped there is an error:
// what it needs has to be installed, see .ci/run.
import { RUNS_ON_NODE_ALONE_TITLE } from "./once.ts";
import { NO_CHECKERS_TITLE } from "./no_checkers.ts";

/** Tests that may be skipped. */
export interface AllowedSkip {
  /** What the path of the file begins with. */
  readonly file: string;
  /** Matches the test's title, from the outermost suite to the test, joined with ` > `. */
  readonly title: RegExp;
  /** On which runtimes. */
  readonly on: readonly string[];
  readonly reason: string;
}

const OTHERS = ["deno", "bun"];
const ONCE = new RegExp(`^${RUNS_ON_NODE_ALONE_TITLE}$`);

export const ALLOWED_SKIPS: readonly AllowedSkip[] = [
  {
    file: "tests/kong/peers/",
    title: ONCE,
    on: OTHERS,
    reason:
      "what a peer says does not depend on the runtime; that the runtimes agree is shown by " +
      "the tests of the protocols",
  },
  {
    file: "tests/scripts/package.test.ts",
    title: ONCE,
    on: OTHERS,
    reason: "what npm installs and tsc says does not depend on who has made the package",
  },
  {
    file: "tests/kong/config/schemas.test.ts",
    title: ONCE,
    on: OTHERS,
    reason: "what is printed does not depend on the runtime, as kong_config.test.ts shows",
  },
  {
    file: "tests/kong/config/schemas.test.ts",
    title: /^the unit/,
    on: ["node", "deno", "bun"],
    reason: "not every machine has systemd's programs",
  },
  {
    file: "tests/scripts/release.test.ts",
    title: ONCE,
    on: OTHERS,
    reason: "what is in the executable does not depend on who looks",
  },
  {
    file: "tests/scripts/bench_go.test.ts",
    title: ONCE,
    on: OTHERS,
    reason: "the programs are in Go alone",
  },
  {
    file: "tests/brpc/original.test.ts",
    title: /^there is no original of brpc/,
    on: ["node", "deno", "bun"],
    reason: "brpc's source is not gibbon's to bring along; whoever has it names it by GIBBON_BRPC",
  },
  {
    file: "tests/cli/completion.test.ts",
    title: /is read by (?:zsh|fish)|^there is no (?:zsh|fish)/,
    on: ["node", "deno", "bun"],
    reason: "not every machine has these shells; that all is in the scripts is tested without them",
  },
  {
    file: "tests/cli/new.test.ts",
    title: /makes one whose types are right/,
    on: OTHERS,
    reason: "what a type checker says does not depend on who has written the types",
  },
  {
    file: "tests/executable/author.test.ts",
    title: /^from an empty folder/,
    on: OTHERS,
    reason: "the executable is the same whoever starts it",
  },
  {
    file: "tests/cli/types.test.ts",
    title: /^after gibbon types/,
    on: OTHERS,
    reason: "what a type checker says does not depend on who has written the types",
  },
  {
    file: "tests/cli/bundle.test.ts",
    title: /^gibbon bundle/,
    on: ["node", "deno", "bun"],
    reason: "only Bun and the executable have a bundler; the others say so",
  },
  {
    file: "tests/kong/config/kong_config.test.ts",
    title: /^packages above the plugins directory/,
    on: ["node", "deno", "bun"],
    reason: "only Bun and the executable have a bundler; the others say so",
  },
  {
    file: "tests/dev/inspector/page.test.ts",
    title: ONCE,
    on: OTHERS,
    reason: "the browser is the same whoever starts it",
  },
  {
    file: "tests/dev/inspector/page.test.ts",
    title: /^there is no Chromium/,
    on: ["node"],
    reason: "not every machine can have a browser",
  },
  {
    file: "tests/kong/layouts/",
    title: /^gibbon's executable/,
    on: OTHERS,
    reason: "the executable is the same whoever starts it",
  },
  {
    file: "tests/kong/life/",
    title: /gibbon's executable/,
    on: OTHERS,
    reason: "the executable is the same whoever starts it",
  },
  {
    file: "tests/kong/life/poison_memory.test.ts",
    title: /memory that runs out/,
    on: ["bun"],
    reason: "Bun's heap has no limit but the machine's, which others use too",
  },
  {
    file: "tests/executable/",
    title: /^the executable/,
    on: OTHERS,
    reason: "the executable is the same whoever starts it",
  },
  {
    file: "tests/scripts/mutate.test.ts",
    title: /^(?:a mutation run > |the mutants that may survive > are there)/,
    on: ["bun"],
    reason: "the run is started on Deno; Bun cannot take types out of a source as it needs it",
  },
  {
    file: "tests/docs/security.test.ts",
    title: /^Deno's permissions/,
    on: ["node", "bun"],
    reason: "only Deno has permissions",
  },
  {
    file: "tests/docs/security.test.ts",
    title: /^gibbon's executable/,
    on: ["node", "deno", "bun"],
    reason: "only root can put up walls, where mounts are allowed, and Node's test is enough",
  },
  {
    file: "tests/docs/security.test.ts",
    title: /^the unit/,
    on: ["node", "deno", "bun"],
    reason: "not every machine has systemd's programs",
  },
  {
    file: "tests/cli/descriptors.test.ts",
    title: /^a plugin that takes all descriptors/,
    on: ["deno"],
    reason: "a listener of Deno's that could not accept for want of a descriptor never does again",
  },
  {
    file: "tests/kong/faults/surroundings/directory.test.ts",
    title: /that may not be read is an error with a remedy$/,
    on: ["node", "deno", "bun"],
    reason: "root may read everything",
  },
  {
    file: "tests/kong/faults/surroundings/disk.test.ts",
    title: /^(?:a full disk|a folder )/,
    on: ["node", "deno", "bun"],
    reason: "only root can mount a small disk, and not in every container",
  },
  {
    file: "tests/testing/runners.test.ts",
    title: new RegExp(`${RUNS_ON_NODE_ALONE_TITLE}$`),
    on: OTHERS,
    reason: "vitest runs on Node; what is tested is the kit",
  },
  {
    file: "tests/testing/runners.test.ts",
    title: /npm cannot get vitest from its registry$/,
    on: ["node"],
    reason: "not every machine can reach a registry",
  },
  {
    file: "tests/prox/real/",
    title: /^(?:prox itself|a plugin of prox's SDK)/,
    on: ["node", "deno", "bun"],
    reason: "not everybody has prox; what it was seen to do is what the gateway is held to",
  },
  {
    file: "tests/base/socket_file.test.ts",
    title: /gets its group and keeps its owner$/,
    on: ["node", "deno", "bun"],
    reason: "only root can give a file to a group that it is not in",
  },
  {
    file: "tests/kong/config/schemas.test.ts",
    title: new RegExp(`^${NO_CHECKERS_TITLE}$`),
    on: ["node"],
    reason: "the checkers of schemas come from PyPI, which not every machine reaches",
  },
  {
    file: "tests/scripts/release.test.ts",
    title: /is listed as CycloneDX, by its schema$/,
    on: ["node"],
    reason: "the checkers of schemas come from PyPI, which not every machine reaches",
  },
];

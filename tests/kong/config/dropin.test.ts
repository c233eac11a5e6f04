// Command lines of Kong's other plugin servers, and what becomes of them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { translateDropIn } from "../../../src/kong/config/dropin.ts";
import { GibbonError } from "../../../src/base/errors.ts";

const GO_SERVE = ["serve", "--sock-name", "go_pluginserver.sock", "--exit-with-parent"];
const JS_SERVE = ["serve", "--sock-name", "js_pluginserver.sock"];

const translated: Record<string, [program: string, args: string, expected: string[]]> = {
  "go-pluginserver as Kong 2.x starts it": [
    "gibbon",
    "-kong-prefix /usr/local/kong -plugins-directory /plugins",
    [...GO_SERVE, "--kong-prefix", "/usr/local/kong", "--plugins-directory", "/plugins"],
  ],
  "go-pluginserver with two dashes, by its name": [
    "go-pluginserver",
    "--kong-prefix=/k --plugins-directory=/p",
    [...GO_SERVE, "--kong-prefix", "/k", "--plugins-directory", "/p"],
  ],
  "go-pluginserver asked for one plugin": [
    "gibbon",
    "-plugins-directory /p -dump-plugin-info hello",
    ["dump", "--plugin", "hello", "--format", "msgpack", "--plugins-directory", "/p"],
  ],
  "go-pluginserver asked for one plugin, with the prefix": [
    "gibbon",
    "-kong-prefix /k -dump-plugin-info=hello -plugins-directory=/p",
    ["dump", "--plugin", "hello", "--format", "msgpack", "--plugins-directory", "/p"],
  ],
  "go-pluginserver asked for all plugins": [
    "gibbon",
    "-dump-all-plugins -plugins-directory /p",
    ["dump", "--format", "list", "--plugins-directory", "/p"],
  ],
  "go-pluginserver asked for its version": [
    "gibbon",
    "-version",
    ["version", "--format", "list"],
  ],
  "the JavaScript server with short options": [
    "gibbon",
    "-p /k -d /p -v",
    [...JS_SERVE, "--log-level", "debug", "--kong-prefix", "/k", "--plugins-directory", "/p"],
  ],
  "the JavaScript server with long options": [
    "gibbon",
    "--kong-prefix /k --plugins-directory /p --sock-name mine.sock -vv",
    [
      ...JS_SERVE,
      "--log-level",
      "debug",
      "--kong-prefix",
      "/k",
      "--plugins-directory",
      "/p",
      "--sock-name",
      "mine.sock",
    ],
  ],
  "the JavaScript server asked for all plugins": [
    "gibbon",
    "--plugins-directory /p --dump-all-plugins",
    ["dump", "--format", "list", "--plugins-directory", "/p"],
  ],
  "the JavaScript server asked for one plugin": [
    "gibbon",
    "-d /p --dump-plugin-info hello",
    ["dump", "--plugin", "hello", "--format", "info", "--plugins-directory", "/p"],
  ],
  "the JavaScript server asked for its version": [
    "kong-js-pluginserver",
    "--version",
    ["version", "--format", "info"],
  ],
  "a command of gibbon": ["gibbon", "dump --plugin x", ["dump", "--plugin", "x"]],
  "gibbon asked for help": ["gibbon", "--help", ["--help"]],
  "nothing": ["gibbon", "", []],
};

describe("the command line of", () => {
  for (const [what, [program, args, expected]] of Object.entries(translated)) {
    test(what, () => {
      assert.deepEqual(translateDropIn(args.split(" ").filter(Boolean), program), expected);
    });
  }
});

describe("a command line that makes no sense", () => {
  const wrong: Record<string, [args: string, error: RegExp]> = {
    "an unknown flag": ["-plugins-dir /p", /no option -plugins-dir/],
    "a flag of gibbon without a command": ["--socket /x", /no option --socket/],
    "a flag without its value": ["-kong-prefix", /-kong-prefix needs a value/],
    "a property of Object": ["--toString x", /no option --toString/],
    "a value without a flag": ["-p /k /extra", /no option \/extra/],
  };
  for (const [what, [args, expected]] of Object.entries(wrong)) {
    test(what, () => {
      assert.throws(() => translateDropIn(args.split(" "), "gibbon"), (error) => {
        assert.ok(error instanceof GibbonError);
        assert.equal(error.code, "OPTION_INVALID");
        assert.match(error.message, expected);
        return true;
      });
    });
  }
});

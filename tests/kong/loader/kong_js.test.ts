// Plugins written for Kong's JavaScript server.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Plugin } from "../../../src/kong/engine/plugin.ts";
import { load } from "./fixture.ts";

const COMMONJS = `'use strict';
const path = require('path')

class KongPlugin {
  constructor(config) {
    this.config = config
  }

  async access(kong) {
    const host = await kong.request.getHeader('host')
    await kong.response.setHeader('x-hello', this.config.message + ' to ' + host + path.sep)
  }
}

module.exports = {
  Plugin: KongPlugin,
  Schema: [
    { message: { type: 'string' } },
  ],
  Version: '0.1.0',
  Priority: 10,
}
`;

const TYPESCRIPT = `'use strict';

import kong from "../protocol"

class KongPlugin {
  config: any;
  constructor(config: any) {
    this.config = config
  }
  async access(kong: kong) {
    return [this.config, await kong.request.getHeader("host")]
  }
}

module.exports = {
  Plugin: KongPlugin,
  Name: 'hello',
  Schema: [
    { message: { type: "string" } },
  ],
  Version: '0.1.0',
  Priority: 0,
}
`;

describe("a plugin for Kong's JavaScript server", () => {
  test("runs unchanged as CommonJS", async () => {
    const { plugins, lines } = await load({ "js-hello.js": COMMONJS });
    assert.deepEqual(lines, []);
    const { name, version, priority, schema, dialect, onError, deadline, handlers, ...plugin } =
      plugins[0] as Plugin;
    assert.deepEqual({ name, version, priority, schema, dialect, onError, deadline }, {
      name: "js-hello",
      version: "0.1.0",
      priority: 10,
      schema: [{ message: { type: "string" } }],
      dialect: "kong-js",
      onError: "fail",
      deadline: undefined,
    });
    assert.deepEqual([...handlers.keys()], ["access"]);
    const config = plugin.configure({ message: "hi", none: null, __key__: "kong's own" });
    assert.deepEqual(config, { message: "hi", none: null, __key__: "kong's own" });
    const state = await plugin.start(config);
    const calls: unknown[] = [];
    const kong = {
      request: { getHeader: (name: string) => Promise.resolve(name.toUpperCase()) },
      response: { setHeader: (...args: unknown[]) => Promise.resolve(void calls.push(args)) },
    };
    await handlers.get("access")?.(kong as never, config as never, state as never);
    assert.deepEqual(calls, [["x-hello", "hi to HOST/"]]);
    assert.equal(plugin.stop(state), undefined);
  });

  test("runs unchanged as TypeScript that was written for a compiler", async () => {
    const { plugins, names, lines } = await load({ "ts-hello.ts": TYPESCRIPT });
    assert.deepEqual(lines, []);
    assert.deepEqual(names, ["hello"]);
    const plugin = plugins[0] as Plugin;
    const kong = { request: { getHeader: () => "example.com" } };
    const config = { message: 1 };
    const handler = plugin.handlers.get("access");
    const result = await handler?.(kong as never, config as never, plugin.start(config) as never);
    assert.deepEqual(result, [config, "example.com"]);
  });

  test("may be written in every way in which modules are", async () => {
    const classText = "class Plugin { access() {} }";
    const { names, lines } = await load({
      "a.cjs": `${classText} module.exports = { Plugin, Version: '1' };`,
      "b.js": `${classText} exports.Plugin = Plugin; exports.Version = '1';`,
      "c.mjs": `export ${classText}\nexport const Version = '1';`,
      "d.js": `${classText}\nexport { Plugin };`,
      "e.ts": `export default { Plugin: ${classText}, Priority: 3 as number };`,
      "f.cts": `import * as fs from "fs"; ${classText} export = { Plugin, fs };`,
      "g.mts": `import kong from "kong-pdk/kong"; export class Plugin { access(k: kong) {} }`,
      "h.cjs": `"use strict"; Object.defineProperty(exports, "__esModule", { value: true });
        exports.default = { Plugin: ${classText} };`,
      "i/index.js":
        `const { base } = require("./lib/base"); class Plugin extends base {} module.exports = { Plugin };`,
      "i/lib/base.js": "exports.base = class { log() {} };",
      "j.js":
        "function Plugin(config) {} Plugin.prototype.access = function () {}; module.exports = { Plugin };",
    });
    assert.deepEqual(lines, []);
    assert.deepEqual(names, ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
  });

  test("has the phases that its class and those that it extends have methods for", async () => {
    const { plugins } = await load({
      "a.js": `class Base { log() {} certificate() {} other() {} }
        class Plugin extends Base { rewrite() {} get access() { return undefined; } }
        module.exports = { Plugin };`,
    });
    assert.deepEqual([...(plugins[0]?.handlers.keys() ?? [])], ["certificate", "rewrite", "log"]);
  });

  test("has its name in lower case, declared or not", async () => {
    const plugin = (more: string) => `module.exports = { Plugin: class { log() {} }, ${more} };`;
    const { names } = await load({
      "Declared.js": plugin("Name: 'My-Name'"),
      "FileName.js": plugin(""),
      "Folder.Name/index.js": plugin(""),
      "empty.js": plugin("Name: ''"),
    });
    assert.deepEqual(names, ["my-name", "filename", "folder.name", "empty"]);
  });

  test("has defaults, and loose types where the JavaScript server has them", async () => {
    const plugin = (more: string) => `module.exports = { Plugin: class { log() {} }, ${more} };`;
    const { plugins, lines } = await load({
      "a.js": plugin(""),
      "b.js": plugin("Version: 2, Priority: '30', Schema: undefined"),
      "c.js": plugin("Priority: null, Schema: null, Version: undefined"),
    });
    assert.deepEqual(lines, []);
    assert.deepEqual(
      plugins.map(({ version, priority, schema }) => [version, priority, schema]),
      [["0.1.0", 0, []], ["2", 30, []], ["0.1.0", 0, []]],
    );
  });

  test("is not loaded with a version or a priority that keeps Kong 3 from starting", async () => {
    const plugin = (more: string) => `module.exports = { Plugin: class { log() {} },\n${more} };`;
    const { names, lines } = await load({
      "a.js": plugin("Version: 'latest'"),
      "b.js": plugin("Version: '1.2.3.4', Priority: 3"),
      "c.js": plugin("Priority: '1.5'"),
      "d.js": plugin("Version: 1.5, Priority: '15'"),
    });
    assert.deepEqual(names, ["d"]);
    assert.deepEqual(lines.map((line) => line.split(" has to be ")[0]), [
      "PLUGIN_INVALID a.js:2:1: Version",
      "PLUGIN_INVALID b.js:2:1: Version",
      "PLUGIN_INVALID c.js:2:1: Priority",
    ]);
  });

  test("with a phase that Kong never calls is loaded without it, and it is said", async () => {
    const { plugins, problems, lines } = await load({
      "a.js": "module.exports = { Plugin: class {\n  access() {}\n  header_filter() {}\n} };",
    });
    assert.deepEqual([...(plugins[0]?.handlers.keys() ?? [])], ["access"]);
    assert.deepEqual(lines, [
      "PHASE_UNSUPPORTED a.js:3:3: Kong cannot call header_filter outside of itself. The plugin is loaded without it.",
    ]);
    assert.match(problems[0]?.remedy ?? "", /^Use response/);
  });

  test("with mistakes is not loaded, and they are said with their places", async () => {
    const plugin = (more: string) =>
      `module.exports = {\n  Plugin: class { log() {} },\n  ${more}\n};`;
    const { names, lines } = await load({
      "a.js": "module.exports = {\n  Plugin: 'class',\n};",
      "b.js": "module.exports = {\n  Plugin: class { something() {} },\n};",
      "c.js": plugin("Name: 'a/b',"),
      "d.js": plugin("Version: {},"),
      "e.js": plugin("Priority: 'high',"),
      "f.js": plugin("Schema: { message: { type: 'string' } },"),
      "g.js": plugin("Schema: [{ message: 'string' }],"),
      "h.js": plugin("Schema: [{ type: 'string' }],"),
      "h2.js": plugin("Schema: [{ a: { type: 'strng' } }],"),
      "h3.js": plugin("Schema: [{ a: { type: 'array' } }],"),
      "h4.js": plugin("Schema: [{ a: { type: 'number', between: [1, 5], default: 6 } }],"),
      "i.js": "exports.Schema = [];\nexports.Version = '1';",
    });
    assert.deepEqual(names, []);
    assert.deepEqual(lines, [
      'PLUGIN_INVALID a.js:2:3: Plugin has to be a class, and it is "class"',
      "PLUGIN_INVALID b.js:2:3: The plugin has no handler",
      'PLUGIN_INVALID c.js:3:3: Name has to be a string of letters, digits, _, - and ., and it is "a/b"',
      'PLUGIN_INVALID d.js:3:3: Version has to be a string of up to three numbers, such as "1.2.0", ' +
      "or Kong 3 does not start, and it is an object",
      "PLUGIN_INVALID e.js:3:3: Priority has to be a whole number, or Kong 3 does not start, and " +
      'it is "high"',
      "PLUGIN_INVALID f.js:3:3: Schema is no list of fields",
      "PLUGIN_INVALID g.js:3:3: Schema.message is no object with a type",
      "PLUGIN_INVALID h.js:3:3: Schema.type is no object with a type",
      'PLUGIN_INVALID h2.js:3:3: Schema.a has the type "strng"',
      "PLUGIN_INVALID h3.js:3:3: Schema.a is of type array and has no elements",
      "PLUGIN_INVALID h4.js:3:3: Schema.a has a default that the field itself refuses: " +
      "value should be between 1 and 5",
      "PLUGIN_INVALID i.js:1:1: Schema is exported, but no Plugin",
    ]);
  });
});

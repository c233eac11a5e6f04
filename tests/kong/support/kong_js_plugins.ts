// Plugins of our own in the shapes in which plugins for Kong's JavaScript server are written.

/** Files of a plugins directory. Each answers what it does by response headers and bodies. */
export const KONG_JS_PLUGINS: Readonly<Record<string, string>> = {
  // A file; snake_case names; a handler for the log phase.
  "stamp.js": `"use strict";
class Plugin {
  constructor(config) { this.config = config; }
  async access(kong) {
    const host = await kong.request.get_header("host");
    if (host === undefined) return await kong.log.err("no host");
    await Promise.all([
      kong.response.set_header("x-stamp", (this.config.message || "stamped") + " " + host),
      kong.response.set_header("x-kind", typeof process.pid),
    ]);
  }
  async log(kong) { await kong.log.info("logged by " + process.version); }
}
module.exports = {
  Plugin,
  Schema: [{ message: { type: "string" } }],
  Version: "0.1.0",
  Priority: 50,
};
`,
  // A folder with an index; its own name; camelCase names.
  "farewell/index.js": `"use strict";
class KongPlugin {
  constructor(config) { this.message = config.message || "farewell"; }
  async access(kong) { await kong.response.setHeader("x-farewell", this.message); }
}
module.exports = {
  Plugin: KongPlugin,
  Name: "Farewell",
  Schema: [{ message: { type: "string" } }],
  Version: "0.1.0",
  Priority: 40,
};
`,
  // TypeScript for a compiler: a type that is imported like a value, beside module.exports.
  "typed.ts": `"use strict";
import kong from "../protocol"
class KongPlugin {
  config: any;
  constructor(config: any) { this.config = config }
  async access(kong: kong) {
    let method = await kong.request.getMethod()
    await kong.response.setHeader("x-typed", (this.config.prefix || "was ") + method)
  }
}
module.exports = { Plugin: KongPlugin, Schema: [{ prefix: { type: "string" } }], Version: "0.1.0", Priority: 30 }
`,
  // Bodies as text, both ways; a response that is replaced.
  "shout.js": `"use strict";
let proc = require("process")
class KongPlugin {
  constructor(config) { this.config = config; }
  async access(kong) {
    let body = await kong.request.getRawBody();
    body = body.replace(/(.)/g, function (c) { return c.toUpperCase(); });
    await Promise.all([
      kong.service.request.setQuery({ shouted: "yes" }),
      kong.service.request.setRawBody(body),
    ]);
  }
  async response(kong) {
    if (await kong.response.getSource() == "service") {
      let body = await kong.service.response.getRawBody();
      body = "upstream said " + body.length + ": " + body;
      await kong.response.exit(await kong.response.getStatus(), body);
    }
  }
}
module.exports = { Plugin: KongPlugin, Schema: [], Version: "0.1.0", Priority: 20, Pid: proc.pid };
`,
  // A folder with a package.json, an entry of another name, and a package of its own.
  "counter/package.json": `{ "name": "counter", "main": "lib/main.cjs" }`,
  "counter/lib/main.cjs": `"use strict";
const { count } = require("counting");
class KongPlugin {
  async access(kong) {
    const path = await kong.request.getPath();
    if (path === "/count") await kong.response.exit(200, { letters: count(path) });
  }
}
module.exports = {
  Plugin: KongPlugin,
  Name: "counter",
  Schema: [],
  Version: "0.1.0",
  Priority: 60,
};
`,
  "counter/node_modules/counting/package.json": `{ "name": "counting", "main": "index.js" }`,
  "counter/node_modules/counting/index.js": `exports.count = (text) => text.length;\n`,
};

// `deno run -A scripts/inspector_screenshots.ts [FOLDER]`: pictures of the inspector, wide and on a phone, light
// and dark, with requests that show most of it. Needs Chromium.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { startBrowser } from "../tests/support/browser.ts";
import { startGibbon } from "../tests/support/gibbon.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDER = path.resolve(process.argv[2] ?? path.join(ROOT, "dist", "inspector"));

const PLUGINS: Readonly<Record<string, string>> = {
  "api-key.ts": `import { definePlugin } from "gibbon";
import * as v from "valibot";

export default definePlugin({
  name: "api-key",
  version: "1.0.0",
  priority: 1000,
  config: v.object({
    keys: v.optional(v.set(v.string()), ["orchard-7f3a"]),
    hide_key: v.optional(v.boolean(), true),
  }),
  async access(kong, config) {
    const key = await kong.request.getHeader("x-api-key");
    if (key === undefined || !config.keys.has(key)) {
      kong.response.exit(401, { message: "Send your key in X-Api-Key" });
    }
    if (config.hide_key) await kong.service.request.clearHeader("x-api-key");
    await kong.log.notice("key accepted: ", key);
  },
});
`,
  "request-id.ts": `import { definePlugin } from "gibbon";

export default definePlugin({
  name: "request-id",
  version: "1.0.0",
  priority: 900,
  async access(kong) {
    const { "user-agent": agent } = await kong.request.getHeaders();
    const given = await kong.request.getHeader("x-request-id");
    const id = given ?? crypto.randomUUID();
    await kong.ctx.shared.set("request_id", id);
    await kong.service.request.setHeader("x-request-id", id);
    await kong.log.debug("request ", id, " of ", agent);
  },
  async response(kong) {
    const id = await kong.ctx.shared.get("request_id");
    await kong.response.setHeader("x-request-id", String(id));
  },
});
`,
  "orders.ts": `import { definePlugin } from "gibbon";

interface Order {
  readonly customer?: { readonly name: string };
}

export default definePlugin({
  name: "orders",
  version: "1.0.0",
  priority: 500,
  async access(kong) {
    const path = await kong.request.getPath();
    if (path !== "/orders") return;
    const order: Order = JSON.parse((await kong.request.getRawBodyText()) ?? "{}");
    const name = order.customer!.name;
    await kong.service.request.setHeader("x-customer", name);
  },
});
`,
};

const KEY = { "x-api-key": "orchard-7f3a" };
const REQUESTS: readonly (readonly [string, RequestInit])[] = [
  ["/hello", {}],
  ["/catalogue/apples?page=2", { headers: KEY }],
  ["/catalogue/pears", { headers: { ...KEY, cookie: "session=c0ffee-c0ffee" } }],
  ["/users/17", { method: "DELETE", headers: { "x-api-key": "wrong" } }],
  ["/orders", { method: "POST", headers: KEY, body: '{"customer":{"name":"Ada"}}' }],
  ["/catalogue/plums?sort=price&access_token=t0p-s3cret", { headers: KEY }],
  ["/orders", {
    method: "POST",
    headers: {
      ...KEY,
      authorization: "Bearer sesame-open-1234",
      "content-type": "application/json",
    },
    body: '{"items":[{"id":4,"count":2}]}',
  }],
  ["/catalogue/quinces", {
    method: "PUT",
    headers: { ...KEY, authorization: "Bearer sesame-open-1234" },
    body: '{"price":3}',
  }],
];

const plugins = await mkdtemp(path.join(tmpdir(), "gibbon-pictures-"));
for (const [name, text] of Object.entries(PLUGINS)) await writeFile(path.join(plugins, name), text);
await mkdir(FOLDER, { recursive: true });
const gibbon = startGibbon(["dev", plugins, "--port", "0", "--inspector-port", "0"]);
const browser = await startBrowser();
try {
  await gibbon.printing(/Inspector: \S+\n/);
  const [, gateway = ""] = /curl -i (http:\/\/[\d.:]+)/.exec(gibbon.stdout()) ?? [];
  const [, inspector = ""] = /Inspector: (\S+)/.exec(gibbon.stdout()) ?? [];
  for (const [target, init] of REQUESTS) await (await fetch(gateway + target, init)).arrayBuffer();
  for (const scheme of ["light", "dark"] as const) {
    for (const [form, width, height] of [["wide", 1280, 800], ["phone", 390, 844]] as const) {
      const page = await browser.newPage({
        viewport: { width, height },
        colorScheme: scheme,
        deviceScaleFactor: form === "phone" ? 2 : 1,
      });
      const shoot = async (name: string) => {
        const file = path.join(FOLDER, `${form}-${scheme}-${name}.png`);
        await page.screenshot({ path: file });
        console.log(file);
      };
      const open = async (text: string) => {
        if (form === "phone") await page.goto(inspector);
        await page.getByRole("option", { name: text }).first().click();
        await page.getByRole("tab", { name: "Time line" }).click();
      };
      await page.goto(inspector);
      await page.getByRole("option").nth(REQUESTS.length - 1).waitFor();
      await shoot("list");
      await open("quinces");
      await page.locator("details.call").nth(3).locator("summary").click();
      await shoot("timeline");
      for (const part of ["Headers", "Bodies", "Log", "Plugins"]) {
        await page.getByRole("tab", { name: part }).click();
        await shoot(part.toLowerCase());
      }
      await page.getByRole("button", { name: "Edit" }).click();
      await shoot("edit");
      await page.getByRole("button", { name: "Cancel" }).click();
      await open("POST /orders");
      await shoot("error");
      if (form === "wide") {
        await page.keyboard.press("?");
        await page.getByRole("dialog").waitFor();
        await shoot("keys");
      }
      await page.close();
    }
  }
} finally {
  await browser.close();
  await gibbon.kill();
  await rm(plugins, { recursive: true });
}

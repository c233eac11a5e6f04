// What the inspector's page is not told until it asks: secrets, wherever they stand.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isSecretName } from "../../../src/dev/inspector/secret_names.ts";
import type { RequestDetail } from "../../../src/dev/inspector/view.ts";
import { until } from "../../support/until.ts";
import type { TestPlugin } from "../dev_gateway.ts";
import { startInspected } from "./inspected.ts";

test("names of secrets are known, and others are not taken for them", () => {
  const secret = [
    "Authorization",
    "proxy-authorization",
    "Cookie",
    "Set-Cookie",
    "X-Api-Key",
    "apikey",
    "api_keys",
    "accessToken",
    "x-csrf-token",
    "client_secret",
    "PASSWORD",
    "sessionId",
    "session_id",
    "AWSSecretKey",
    "X-Amz-Signature",
    "jwt",
  ];
  assert.deepEqual(secret.filter((name) => !isSecretName(name)), []);
  const plain = [
    "",
    "Accept",
    "Content-Type",
    "key_names",
    "key_in_header",
    "max_tokens_per_day",
    "X-Kong-Request-Id",
    "x-request-id",
    "host",
    "cookie_path",
    "user-agent",
    "author",
    "monkeys-and-apes",
  ];
  assert.deepEqual(plain.filter(isSecretName), []);
});

/** Secrets of one request, each in a place of its own. */
const SECRETS = {
  bearer: "bearer-0001-value",
  cookie: "cookie-0002-value",
  header: "header-0003-value",
  query: "query-0004-value",
  form: "form-0005-value",
  json: "json-0006-value",
  schema: "schema-0007-value",
  encrypted: "encrypted-0008-value",
  nested: "nested-0009-value",
  shared: "shared-0010-value",
  set: "set-cookie-0011-value",
} as const;

const PLUGIN: TestPlugin = {
  name: "leaky",
  schema: [
    { where: { type: "string", referenceable: true } },
    { hidden: { type: "string", encrypted: true } },
    {
      parts: {
        type: "array",
        elements: {
          type: "record",
          fields: [{ inner: { type: "string", referenceable: true } }, {
            plain: { type: "string" },
          }],
        },
      },
    },
    { open: { type: "string" } },
  ],
  access: async (kong, config) => {
    const authorization = await kong.request.getHeader("authorization");
    await kong.request.getHeaders();
    await kong.request.getRawQuery();
    await kong.request.getQuery();
    await kong.request.getRawBody();
    await kong.ctx.shared.set("token", SECRETS.shared);
    await kong.ctx.shared.get("token");
    await kong.log.notice("leaks ", authorization, " and ", config.where, " ", SECRETS.shared);
    await kong.service.request.setHeader("x-copy", `${config.hidden}`);
    await kong.response.setHeader("set-cookie", `id=${SECRETS.set}; Path=/; HttpOnly`);
    await kong.response.setHeader("x-echo", `${authorization}`);
    const parts = config.parts as { inner: string }[];
    await kong.response.setHeader("x-inner", parts[0]!.inner);
  },
};

const CONFIG = {
  plugins: {
    leaky: {
      config: {
        where: SECRETS.schema,
        hidden: SECRETS.encrypted,
        parts: [{ inner: SECRETS.nested, plain: "to be seen" }],
        open: "also to be seen",
      },
    },
  },
};

/** Places that are masked, all of them. */
function masks(value: unknown): { $masked: string; text: string }[] {
  if (typeof value !== "object" || value === null) return [];
  if ("$masked" in value) return [value as { $masked: string; text: string }];
  return Object.values(value).flatMap(masks);
}

describe("secrets", () => {
  test("are in nothing that the page is told, until it asks for one", async () => {
    const { dev, client, close } = await startInspected([PLUGIN], { config: CONFIG });
    const live = await client.listen();
    try {
      await dev.get(`/path?apikey=${SECRETS.query}&page=2`, {
        method: "POST",
        headers: [
          "Authorization",
          `Bearer ${SECRETS.bearer}`,
          "Cookie",
          `session=${SECRETS.cookie}; theme=dark`,
          "X-Api-Key",
          SECRETS.header,
        ],
        body: `password=${SECRETS.form}&body={"client_secret": "${SECRETS.json}", "id": 7}`,
      });
      const detail = await client.newest();
      await until(() => live.batches.some(({ changed }) => changed.some(({ status }) => status)));
      const told = [
        JSON.stringify(detail),
        JSON.stringify(await client.list()),
        live.text,
      ];
      for (const [name, secret] of Object.entries(SECRETS)) {
        for (const text of told) assert.ok(!text.includes(secret), `${name} is told`);
      }
      // What is none is there.
      assert.match(told[0]!, /to be seen/);
      assert.match(told[0]!, /also to be seen/);
      assert.match(told[0]!, /page=2/);
      const seen = new Set<string>();
      for (const { $masked: place } of masks(detail)) {
        const answer = await client.order(`/api/requests/${detail.id}/reveal`, { place });
        assert.equal(answer.status, 200, `${place}: ${answer.text}`);
        for (const secret of Object.values(SECRETS)) {
          if (answer.json.text.includes(secret)) seen.add(secret);
        }
      }
      assert.deepEqual([...seen].sort(), Object.values(SECRETS).sort());
    } finally {
      live.close();
      await close();
    }
  });

  test("are asked for one by one: what is not masked, or not there, is not told", async () => {
    const { dev, client, close } = await startInspected([]);
    try {
      await dev.get("/", {
        headers: ["Authorization", "Basic YWRhOmxvdmVsYWNl", "X-Note", "lovelace"],
      });
      const detail = await client.newest();
      const find = (name: string) =>
        detail.headers.find(([one]) => one.toLowerCase() === name)?.[1];
      // The password is one within the header, and is found elsewhere.
      assert.equal(masks([find("x-note")])[0]?.text, "•••••");
      const reveal = (place: unknown) =>
        client.order(`/api/requests/${detail.id}/reveal`, { place });
      const at = masks([find("authorization")])[0]!.$masked;
      assert.deepEqual((await reveal(at)).json, { text: "Basic YWRhOmxvdmVsYWNl" });
      for (const place of ["target", "headers", "headers.99", "__proto__", "", "constructor"]) {
        assert.equal((await reveal(place)).status, 404, place);
      }
      assert.equal((await reveal(7)).status, 400);
      assert.equal((await client.order("/api/requests/none/reveal", { place: at })).status, 404);
    } finally {
      await close();
    }
  });

  test("of the same text are known to be alike, and others are not", async () => {
    const change: TestPlugin = {
      name: "change",
      access: async (kong) => {
        await kong.service.request.setHeader("authorization", "Bearer another-one");
      },
    };
    const { dev, client, close } = await startInspected([change]);
    try {
      await dev.get("/", {
        headers: ["Authorization", "Bearer first-one", "X-Api-Key", "unchanged"],
      });
      const { headers, asked } = await client.newest();
      const like = (lines: RequestDetail["headers"], name: string) => {
        const shown = lines.find(([one]) => one.toLowerCase() === name)?.[1];
        return typeof shown === "object" ? shown.like : undefined;
      };
      assert.notEqual(like(headers, "authorization"), like(asked!.headers, "authorization"));
      assert.equal(like(headers, "x-api-key"), like(asked!.headers, "x-api-key"));
      assert.notEqual(like(headers, "x-api-key"), undefined);
    } finally {
      await close();
    }
  });
});

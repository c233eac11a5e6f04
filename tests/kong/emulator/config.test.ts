// kong.yml: from its text to entities, and what is refused, with the field and the line.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GibbonError } from "../../../src/base/errors.ts";
import { asRecord, readKongConfig } from "../../../src/kong/emulator/config/kong_config.ts";

const HEAD = `_format_version: "3.0"\n`;

/** The message of a refusal. */
function refused(text: string): string {
  try {
    readKongConfig(text);
  } catch (error) {
    assert.ok(error instanceof GibbonError, String(error));
    assert.equal(error.code, "OPTION_INVALID");
    assert.ok(error.remedy, "there is something to do about it");
    return error.message;
  }
  assert.fail("it was taken");
}

const WHOLE = `${HEAD}
services:
- name: shop
  url: https://up.test:8443/base
  tags: [one, 2026-01-01]
  routes:
  - name: r1
    paths: [/a]
    plugins:
    - name: who
      consumer: alice
      config: { tag: null }
routes:
- name: r2
  service: shop
  hosts: ["*.a.test:80"]
  protocols: [grpc]
consumers:
- username: alice
  custom_id: "1"
  keyauth_credentials:
  - key: k1
  jwt_secrets:
  - { key: issuer, secret: s }
  acls:
  - group: vip
basicauth_credentials:
- { consumer: alice, username: a, password: p }
upstreams:
- name: blue
  targets:
  - { target: "10.0.0.1:80", weight: 1 }
plugins:
- name: who
`;

describe("what a file has", () => {
  const { entities, notes } = readKongConfig(WHOLE);
  const only = (kind: string, at = 0) => asRecord(entities[kind]![at]!);

  test("a service, with what its url stands for and with defaults", () => {
    const { id, name, protocol, host, port, path, retries, enabled, read_timeout } = only(
      "services",
    );
    assert.deepEqual(
      { id, name, protocol, host, port, path, retries, enabled, read_timeout },
      {
        id: "abfbe39c-075b-5e5e-aec6-a90f2f0adfee",
        name: "shop",
        protocol: "https",
        host: "up.test",
        port: 8443,
        path: "/base",
        retries: 5,
        enabled: true,
        read_timeout: 60_000,
      },
    );
    assert.deepEqual(only("services").tags, ["one", "2026-01-01"]);
  });

  test("routes inside of it, and by themselves", () => {
    const shop = { id: only("services").id };
    assert.deepEqual(entities.routes!.map(({ fields }) => [fields.name, fields.service]), [
      ["r1", shop],
      ["r2", shop],
    ]);
    assert.equal(only("routes").id, "4726a05a-d550-537e-9fc3-a07c7a1188c7");
    assert.deepEqual([only("routes").strip_path, only("routes", 1).strip_path], [true, false]);
  });

  test("plugins with what they are for", () => {
    const [first, second] = entities.plugins!;
    const inside = first!.path.length > 2 ? first! : second!;
    const outside = first === inside ? second! : first!;
    assert.deepEqual(inside.path, ["services", 0, "routes", 0, "plugins", 0]);
    assert.deepEqual(inside.fields.route, { id: only("routes").id });
    assert.deepEqual(inside.fields.consumer, { id: only("consumers").id });
    assert.deepEqual(inside.fields.config, { tag: null }, "plugins see their nulls");
    assert.equal(outside.fields.id, "f7a2bff2-739f-535a-a36c-cd700093026d");
    assert.deepEqual(outside.fields.protocols, ["grpc", "grpcs", "http", "https"]);
  });

  test("consumers with their credentials", () => {
    const alice = { id: "b32379d9-3d28-5683-a79c-72139be6e34f" };
    assert.equal(only("consumers").id, alice.id);
    assert.equal(only("keyauth_credentials").id, "0f52a716-f18e-55e2-bb5a-d671f59cfa2c");
    for (const kind of ["keyauth_credentials", "jwt_secrets", "acls", "basicauth_credentials"]) {
      assert.deepEqual(only(kind).consumer, alice, kind);
    }
    assert.equal(only("jwt_secrets").algorithm, "HS256");
  });

  test("upstreams with their targets", () => {
    assert.deepEqual(only("targets").upstream, { id: only("upstreams").id });
    assert.equal(only("targets").weight, 1);
  });

  test("nothing that is not acted on", () => assert.deepEqual(notes, []));
});

describe("what is not acted on is told by name and line", () => {
  const { notes } = readKongConfig(`${HEAD}
certificates: []
upstreams:
- name: blue
  algorithm: least-connections
  healthchecks:
    passive: {}
services:
- { name: a, host: a, protocol: grpc }
consumers:
- username: alice
  hmacauth_credentials: [{ username: a, secret: s }]
routes:
- { name: r, protocols: [tls], snis: [a.test] }
- { name: v1, paths: [/v1], path_handling: v1, request_buffering: false }
vaults:
- { prefix: my-aws, name: aws }
`);
  const told = notes.map(({ line, message }) => `${line}: ${message}`);
  for (
    const note of [
      "3: certificates are not acted on",
      "7: health checks are not made: every target counts as healthy",
      "6: targets are taken in turn by their weights, whatever the algorithm",
      "10: services of the protocol grpc get no requests",
      "13: hmacauth_credentials are not acted on",
      "15: routes of tls take no connections",
      "16: path_handling v1 is v0, unless KONG_ROUTER_FLAVOR is traditional",
      "16: bodies of requests are read whole before they go on, whatever request_buffering says",
      "18: the vault aws is not there",
    ]
  ) {
    test(note, () => assert.ok(told.includes(note), told.join("\n")));
  }
});

describe("what Kong's schema refuses is refused, with the field and the line", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["no version", "services: []", "_format_version (line 1): required field missing"],
    ["another version", `_format_version: "4.0"`, "_format_version (line 1): expected one of"],
    ["an unknown field", `${HEAD}servces: []`, "servces (line 2): unknown field"],
    [
      "an unknown field inside",
      `${HEAD}services:\n- name: a\n  host: a\n  hots: b`,
      "services[0].hots (line 5): unknown field",
    ],
    ["no host", `${HEAD}services:\n- name: a`, "services[0].host (line 3): required field missing"],
    [
      "no list",
      `${HEAD}services:\n  name: a`,
      "services (line 2): expected an array",
    ],
    [
      "a path without a slash",
      `${HEAD}services:\n- host: a\n  routes:\n  - paths:\n    - /a\n    - b`,
      "services[0].routes[0].paths[1] (line 7): should start with: / (fixed path) or ~/ (regex path)",
    ],
    [
      "an expression that is none",
      `${HEAD}routes:\n- paths: ["~/("]`,
      "routes[0].paths[0] (line 3): invalid regex: '/('",
    ],
    [
      "an expression that Rust has not",
      `${HEAD}routes:\n- paths: ["~/a(?!b)"]`,
      "routes[0].paths[0] (line 3): invalid regex: '/a(?!b)' (look-around, including",
    ],
    [
      "an expression that looks back",
      `${HEAD}routes:\n- paths: ["~/(a)\\\\1"]`,
      "(backreferences are not supported)",
    ],
    [
      "an expression of a header that is none",
      `${HEAD}routes:\n- headers: { X-A: ["a", "~*("] }`,
      "routes[0].headers.X-A[1] (line 3): invalid regex: '('",
    ],
    [
      "a path that is not normal",
      `${HEAD}routes:\n- paths: [/a/../b]`,
      "routes[0].paths[0] (line 3): non-normalized path, consider use '/b' instead",
    ],
    [
      "a path with a bad escape",
      `${HEAD}routes:\n- paths: [/a%zz]`,
      "routes[0].paths[0] (line 3): invalid url-encoded value: '%zz'",
    ],
    [
      "a wildcard in the middle",
      `${HEAD}routes:\n- hosts: [a.*.test]`,
      "routes[0].hosts[0] (line 3): invalid wildcard: must be placed at leftmost or rightmost label",
    ],
    [
      "two wildcards",
      `${HEAD}routes:\n- hosts: ["*.a.*"]`,
      "routes[0].hosts[0] (line 3): invalid wildcard: must have at most one wildcard",
    ],
    [
      "a method in lower case",
      `${HEAD}routes:\n- methods: [get]`,
      "routes[0].methods[0] (line 3): invalid value",
    ],
    [
      "a route that matches nothing",
      `${HEAD}routes:\n- name: a`,
      "routes[0] (line 3): must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when " +
      "'protocols' is 'https'",
    ],
    [
      "the Host as a header",
      `${HEAD}routes:\n- headers:\n    Host: [a]`,
      "routes[0].headers.Host (line 4): cannot contain 'host' header",
    ],
    [
      "names of TLS without TLS",
      `${HEAD}routes:\n- paths: [/]\n  protocols: [http]\n  snis: [a.test]`,
      "routes[0].snis (line 5): 'snis' can only be set when 'protocols' is",
    ],
    [
      "protocols that do not go together",
      `${HEAD}routes:\n- paths: [/]\n  protocols: [http, grpc]`,
      "routes[0].protocols (line 4): these sets are mutually exclusive: ('http', 'https'), ('grpc', 'grpcs')",
    ],
    [
      "a port that is none",
      `${HEAD}services:\n- { host: a, port: 70000 }`,
      "services[0].port (line 3): value should be between 0 and 65535",
    ],
    [
      "a host with a port",
      `${HEAD}services:\n- host: a:80`,
      "services[0].host (line 3): must not have a port",
    ],
    [
      "a reference to nothing",
      `${HEAD}routes:\n- paths: [/]\n  service: shop`,
      "routes[0].service (line 4): invalid reference 'service: shop' (no such entry in 'services')",
    ],
    [
      "a name twice",
      `${HEAD}consumers:\n- username: a\n- username: b\n- username: a`,
      "consumers[2].username (line 5): uniqueness violation: 'consumers' entity with username set to " +
      "'a' already declared",
    ],
    [
      "a plugin twice in one place",
      `${HEAD}plugins:\n- name: a\n- name: a`,
      "plugins[1] (line 4): uniqueness violation: 'plugins' entity with primary key set to",
    ],
    [
      "a key twice",
      `${HEAD}consumers:\n- username: a\n  keyauth_credentials: [{ key: k }, { key: k }]`,
      "consumers[0].keyauth_credentials[1].key (line 4): uniqueness violation",
    ],
    [
      "a consumer without a name",
      `${HEAD}consumers:\n- tags: [a]`,
      "consumers[0] (line 3): at least one of these fields must be non-empty: 'custom_id', 'username'",
    ],
    [
      "a credential of nobody",
      `${HEAD}keyauth_credentials:\n- key: a`,
      "keyauth_credentials[0].consumer (line 3): required field missing",
    ],
    [
      "a JWT credential without its public key",
      `${HEAD}jwt_secrets:\n- { consumer: a, key: k, algorithm: RS256 }`,
      "jwt_secrets[0].rsa_public_key (line 3): required field missing",
    ],
    [
      "a weight that is none",
      `${HEAD}upstreams:\n- name: a\n  targets:\n  - target: b:80\n    weight: -1`,
      "upstreams[0].targets[0].weight (line 6): value should be between 0 and 65535",
    ],
    ["no YAML", `${HEAD}a: [1,\nb: "`, "kong.yml is no YAML"],
    ["no map", "[]", "it (line 1): expected a record"],
    ["nothing", "", "it (line 1): expected a record"],
    ["a name twice in a map", `${HEAD}services: []\nservices: []`, "is no YAML"],
  ];
  for (const [what, text, expected] of cases) {
    test(what, () => {
      const message = refused(text);
      assert.ok(message.includes(expected), message);
    });
  }

  test("up to ten faults at once, and how many more", () => {
    const message = refused(HEAD + "services:\n" + "- {}\n".repeat(13));
    assert.match(message, /services\[9\]\.host \(line 12\).*; and 3 more$/);
  });
});

describe("forms of the file", () => {
  test("JSON is YAML too", () => {
    const { entities } = readKongConfig(`{"_format_version": "3.0", "services": [{"host": "a"}]}`);
    assert.equal(entities.services!.length, 1);
  });

  test("in 2.1 a path that is an expression has no ~", () => {
    const { entities } = readKongConfig(
      `_format_version: "2.1"\nservices:\n- host: a\n  routes:\n  - paths: ["/a/\\\\d+", /b//c]\n`,
    );
    assert.deepEqual(entities.routes![0]!.fields.paths, ["~/a/\\d+", "/b/c"]);
  });

  test("anchors and merges work, and their lines are those of the field", () => {
    const text =
      `${HEAD}_ignore:\n- &base { host: a, retries: x }\nservices:\n- <<: *base\n  name: b\n`;
    assert.match(refused(text), /services\[0\]\.retries \(line \d\): expected an integer/);
  });

  test("aliases cannot blow up", () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `- &l${i + 1} [${Array(10).fill(`*l${i}`).join(", ")}]`,
    );
    assert.match(refused(`${HEAD}_ignore:\n- &l0 [x]\n${levels.join("\n")}\n`), /no YAML/);
  });

  test("no beginning of a file does anything but to be taken or refused", () => {
    for (let end = 0; end < WHOLE.length; end += 3) {
      try {
        readKongConfig(WHOLE.slice(0, end));
      } catch (error) {
        assert.ok(error instanceof GibbonError, String(error));
      }
    }
  });
});

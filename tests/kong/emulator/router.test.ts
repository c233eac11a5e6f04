// Kong's router: which route a request takes, and what is asked of the service.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RoutedRequest } from "../../../src/kong/emulator/router/conditions.ts";
import { Router, type RouterFlavor } from "../../../src/kong/emulator/router/router.ts";

type Fields = Readonly<Record<string, unknown>>;

let counted = 0;

/** A route with an id of its own. */
function route(name: string, fields: Fields): Fields & { readonly id: string } {
  const id = `00000000-0000-4000-8000-${String(++counted).padStart(12, "0")}`;
  return { id, name, protocols: ["http", "https"], strip_path: true, ...fields };
}

function request(target: string, more: Partial<RoutedRequest> = {}): RoutedRequest {
  const [method = "", path = ""] = target.split(" ");
  return { method, path, host: "any.test", scheme: "http", port: 8000, headers: [], ...more };
}

/** The name of the route that is taken, whatever the order in which routes were written. */
function taken(routes: readonly Fields[], asked: RoutedRequest): unknown {
  const [there, back] = [routes, [...routes].reverse()].map((list) =>
    new Router(list, []).find(asked)?.route.name
  );
  assert.equal(there, back, "the order of the file must not count");
  return there;
}

describe("a route asks for", () => {
  const cases: readonly (readonly [string, Fields, RoutedRequest, boolean])[] = [
    ["a method", { methods: ["GET"] }, request("GET /"), true],
    ["another method", { methods: ["GET"] }, request("POST /"), false],
    ["the beginning of a path", { paths: ["/a"] }, request("GET /ab"), true],
    ["another path", { paths: ["/a"] }, request("GET /b/a"), false],
    ["an expression, bound to the beginning", { paths: ["~/a"] }, request("GET /b/a"), false],
    ["an expression, open at its end", { paths: ["~/a"] }, request("GET /abc"), true],
    ["an expression with an end", { paths: ["~/a$"] }, request("GET /abc"), false],
    ["a host", { hosts: ["a.test"] }, request("GET /", { host: "a.test" }), true],
    ["a host on any port", { hosts: ["a.test"] }, request("GET /", { host: "a.test:99" }), true],
    ["another host", { hosts: ["a.test"] }, request("GET /", { host: "b.test" }), false],
    ["no host", { hosts: ["a.test"] }, request("GET /", { host: undefined }), false],
    ["a host's end", { hosts: ["*.a.test"] }, request("GET /", { host: "x.y.a.test" }), true],
    ["a host's whole end", { hosts: ["*.a.test"] }, request("GET /", { host: "a.test" }), false],
    ["a host's beginning", { hosts: ["a.*"] }, request("GET /", { host: "a.test" }), true],
    ["a port", { hosts: ["a.test:99"] }, request("GET /", { host: "a.test:99" }), true],
    ["another port", { hosts: ["a.test:99"] }, request("GET /", { host: "a.test:98" }), false],
    [
      "the port that it came in by",
      { hosts: ["a.test:8000"] },
      request("GET /", { host: "a.test" }),
      true,
    ],
    [
      "a header's value, in any case",
      { headers: { "X-A": ["One", "two"] } },
      request("GET /", { headers: [["x-a", "ONE"]] }),
      true,
    ],
    [
      "a header's value in one of its lines",
      { headers: { "X-A": ["two"] } },
      request("GET /", { headers: [["X-A", "one"], ["X-A", "two"]] }),
      true,
    ],
    [
      "no part of a header's value",
      { headers: { "X-A": ["one"] } },
      request("GET /", { headers: [["X-A", "one, two"]] }),
      false,
    ],
    [
      "all of its headers",
      { headers: { "X-A": ["1"], "X-B": ["1"] } },
      request("GET /", { headers: [["X-A", "1"]] }),
      false,
    ],
    [
      "an expression of a header",
      { headers: { "X-A": ["~*^v[0-9]+$"] } },
      request("GET /", { headers: [["X-A", "V12"]] }),
      true,
    ],
    [
      "an expression of a header that is not like it",
      { headers: { "X-A": ["~*^v[0-9]+$"] } },
      request("GET /", { headers: [["X-A", "v12 "]] }),
      false,
    ],
    [
      "a name of TLS",
      { snis: ["a.test"], paths: ["/"] },
      request("GET /", { scheme: "https", sni: "a.test" }),
      true,
    ],
    [
      "another name of TLS",
      { snis: ["a.test"], paths: ["/"] },
      request("GET /", { scheme: "https", sni: "b.test" }),
      false,
    ],
    ["a name of TLS, without TLS", { snis: ["a.test"], paths: ["/"] }, request("GET /"), true],
    [
      "a name of TLS with a dot at its end",
      { snis: ["a.test."], paths: ["/"] },
      request("GET /", { scheme: "https", sni: "a.test" }),
      true,
    ],
  ];
  for (const [what, fields, asked, expected] of cases) {
    test(
      what,
      () => assert.equal(taken([route("it", fields)], asked), expected ? "it" : undefined),
    );
  }
});

describe("of two routes that match, the one is taken", () => {
  const asked = request("GET /a/b/c", { host: "x.a.test", headers: [["H", "1"], ["I", "1"]] });
  const cases: readonly (readonly [string, Fields, Fields])[] = [
    ["that asks for more kinds of things", { hosts: ["*.a.test"], methods: ["GET"] }, {
      paths: ["/a/b/c"],
    }],
    ["that asks for more, before a plain host", { hosts: ["x.*"], methods: ["GET"] }, {
      hosts: ["x.a.test"],
    }],
    ["with a plain host, before wildcards", { hosts: ["x.a.test"], paths: ["/"] }, {
      hosts: ["*.a.test"],
      paths: ["/a/b/c"],
    }],
    ["with a plain host, before methods and paths", { hosts: ["x.a.test"], paths: ["/"] }, {
      methods: ["GET"],
      paths: ["/a/b/c"],
    }],
    ["all of whose hosts are plain", { hosts: ["x.a.test"] }, { hosts: ["x.a.test", "*.a.test"] }],
    ["with more headers", { headers: { H: ["1"], I: ["1"] } }, { headers: { H: ["1"] } }],
    ["with more headers, before an expression", { headers: { H: ["1"], I: ["1"] }, paths: ["/"] }, {
      headers: { H: ["1"] },
      paths: ["~/a/b/c"],
    }],
    ["with an expression, before a longer plain path", { paths: ["~/a"] }, { paths: ["/a/b/c"] }],
    ["with the higher regex_priority", { paths: ["~/a"], regex_priority: 2 }, {
      paths: ["~/a/b/c"],
      regex_priority: 1,
    }],
    ["with the longer path", { paths: ["/a/b"] }, { paths: ["/a"], regex_priority: 9 }],
    ["with the longer path of several", { paths: ["/x", "/a/b"] }, { paths: ["/a", "/a/c/d/e"] }],
  ];
  for (const [what, first, second] of cases) {
    test(what, () => {
      assert.equal(taken([route("first", first), route("second", second)], asked), "first");
    });
  }

  test("of the higher id, where nothing else decides", () => {
    const routes = [route("low", { paths: ["/a"] }), route("high", { paths: ["/a"] })];
    assert.equal(taken(routes, asked), "high");
  });
});

describe("what a match says", () => {
  test("the captures of an expression, by number and by name", () => {
    const router = new Router([route("it", { paths: ["~/u/(?<id>\\d+)/(x|y)"] })], []);
    const { captures, prefix } = router.find(request("GET /u/12/y/z"))!;
    assert.deepEqual([...captures], [[0, "/u/12/y"], [1, "12"], [2, "y"], ["id", "12"]]);
    assert.equal(prefix, "/u/12/y");
  });

  test("names of groups can have a P, as in Rust", () => {
    const router = new Router([route("it", { paths: ["~/u/(?P<id>\\d+)"] })], []);
    assert.equal(router.find(request("GET /u/7"))!.captures.get("id"), "7");
  });

  test("no captures without groups", () => {
    const router = new Router([route("it", { paths: ["~/u"] })], []);
    assert.equal(router.find(request("GET /u"))!.captures.size, 0);
  });

  test("the service, if there is one and it is enabled", () => {
    const services = [{ id: "on", enabled: true }, { id: "off", enabled: false }];
    const to = (id: string) => route(id, { paths: [`/${id}`], service: { id } });
    const router = new Router([to("on"), to("off"), route("none", { paths: ["/none"] })], services);
    assert.equal(router.find(request("GET /on"))!.service?.id, "on");
    assert.equal(router.find(request("GET /none"))!.service, undefined);
    assert.equal(router.find(request("GET /off")), undefined);
  });

  test("routes of streams are no routes of HTTP", () => {
    const router = new Router([route("it", { protocols: ["tcp"], snis: ["a.test"] })], []);
    assert.equal(router.find(request("GET /")), undefined);
  });
});

// The table of Kong's documentation, and what stands in kong/router/utils.lua beside it.
const PATHS: readonly (readonly [string, string, string, boolean, string, string])[] = [
  ["/s", "/f", "/freq", false, "/s/freq", "/sfreq"],
  ["/s", "/t", "/treq", true, "/s/req", "/sreq"],
  ["/s", "/f/", "/f/req", false, "/s/f/req", "/sf/req"],
  ["/s", "/t/", "/t/req", true, "/s/req", "/sreq"],
  ["/s", "/f", "/f/req", false, "/s/f/req", "/sf/req"],
  ["/s", "/t", "/t/req", true, "/s/req", "/s/req"],
  ["/s/", "/f", "/freq", false, "/s/freq", "/s/freq"],
  ["/s/", "/t", "/treq", true, "/s/req", "/s/req"],
  ["/s/", "/f/", "/f/req", false, "/s/f/req", "/s/f/req"],
  ["/s/", "/t/", "/t/req", true, "/s/req", "/s/req"],
  ["/s/", "/t", "/t/req", true, "/s/req", "/s/req"],
  ["/", "/t", "/t", true, "/", "/"],
  ["/", "/t", "/t/", true, "/", "/"],
  ["/s", "/t", "/t", true, "/s", "/s"],
  ["/s", "/t", "/t/", true, "/s/", "/s/"],
  ["/s/", "/t", "/t", true, "/s", "/s/"],
  ["/s/", "/t", "/t/", true, "/s/", "/s/"],
  ["/s", "/", "/", false, "/s", "/s"],
  ["/s", "/", "/", true, "/s", "/s"],
  ["/s/", "/", "/", true, "/s/", "/s/"],
  ["/s/", "/", "/", false, "/s/", "/s/"],
  ["/", "/", "/x", true, "/x", "/x"],
  ["/s", "/t/", "/t/../x", true, "/s/x", "/sx"],
];

describe("the path for the service", () => {
  const pathOf = (
    [base, path, asked, strip_path]: (typeof PATHS)[number],
    path_handling: string,
    flavor?: RouterFlavor,
  ) => {
    const fields = { paths: [path], strip_path, path_handling, service: { id: "s" } };
    const router = new Router([route("it", fields)], [{ id: "s", path: base }], flavor);
    return router.find(request(`GET ${asked}`))?.upstreamPath;
  };
  for (const line of PATHS) {
    const [base, path, asked, strip, v0, v1] = line;
    test(`${base} + ${path}, ${asked}, ${strip ? "stripped" : "whole"}`, () => {
      assert.equal(pathOf(line, "v0"), v0, "v0");
      assert.equal(pathOf(line, "v1"), v0, "v1 is v0 to the router that Kong has by default");
      assert.equal(pathOf(line, "v1", "traditional"), v1, "v1");
      assert.equal(pathOf(line, "v0", "traditional"), v0, "v0 of the older router");
    });
  }

  test("what an expression matched is taken away", () => {
    const fields = { paths: ["~/v\\d+/(?<rest>a)"], service: { id: "s" } };
    const router = new Router([route("it", fields)], [{ id: "s", path: "/s" }]);
    assert.equal(router.find(request("GET /v12/a/b"))?.upstreamPath, "/s/b");
  });

  test("a route without paths takes nothing away", () => {
    const router = new Router([route("it", { methods: ["GET"] })], []);
    assert.equal(router.find(request("GET /x/y"))?.upstreamPath, "/x/y");
  });
});

// HTTPS and HTTP/2 of the gateway: its own certificate, the certificate phase, what plugins see of it.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import http2 from "node:http2";
import https from "node:https";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import tls from "node:tls";
import { ownCertificate } from "../../src/dev/tls/own_certificate.ts";
import { selfSigned } from "../../src/dev/tls/self_signed.ts";
import { until } from "../support/until.ts";
import { useWorkspace } from "../support/workspace.ts";
import { type RunningDev, startDev, type TestPlugin } from "./dev_gateway.ts";

const phases: string[] = [];

const seen: TestPlugin = {
  name: "seen",
  certificate: () => void phases.push("certificate"),
  async access(kong) {
    phases.push("access");
    const [scheme, version, port] = [
      await kong.request.getScheme(),
      await kong.request.getHttpVersion(),
      await kong.request.getPort(),
    ];
    const isTls = await kong.nginx.getTls1VersionStr();
    kong.response.exit(200, { scheme, version, port, isTls, host: await kong.request.getHost() });
  },
};

const pair = selfSigned();

interface Got {
  readonly status: number;
  readonly text: string;
}

/** A request over HTTP/1.1. */
function get(url: string, path: string, options: https.RequestOptions = {}): Promise<Got> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const how = { hostname, port, path, ca: pair.cert, servername: "localhost", ...options };
    https.get(how, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => text += chunk);
      response.on("end", () => resolve({ status: response.statusCode!, text }));
    }).on("error", reject);
  });
}

/** A request on a session of HTTP/2. */
function get2(session: http2.ClientHttp2Session, path: string, body?: string): Promise<Got> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":path": path, ":method": body ? "POST" : "GET" });
    let [status, text] = [0, ""];
    stream.on("response", (headers) => status = Number(headers[":status"]));
    stream.setEncoding("utf8");
    stream.on("data", (chunk) => text += chunk).on("error", reject);
    stream.on("end", () => resolve({ status, text }));
    stream.end(body);
  });
}

describe("HTTPS", () => {
  let dev: RunningDev;
  let url: string;
  before(async () => {
    dev = await startDev([seen], { secure: { ...pair, port: 0 } });
    const { secure } = dev.gateway;
    assert.ok(secure && "url" in secure);
    url = secure.url;
  });
  after(() => dev?.close());

  test("is served with the gateway's certificate; plugins see the scheme and the port", async () => {
    const { status, text } = await get(url, "/");
    assert.equal(status, 200);
    const { port } = new URL(url);
    assert.deepEqual(JSON.parse(text), {
      scheme: "https",
      version: 1.1,
      port: Number(port),
      isTls: "TLSv1.3",
      host: "127.0.0.1",
    });
  });

  test("runs the certificate phase once a connection", async () => {
    phases.length = 0;
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    await get(url, "/", { agent });
    await get(url, "/", { agent });
    agent.destroy();
    assert.deepEqual(phases, ["certificate", "access", "access"]);
  });

  test("serves HTTP/2, with bodies and many requests at once", async () => {
    phases.length = 0;
    const session = http2.connect(url, { ca: pair.cert, servername: "localhost" });
    try {
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, index) => get2(session, `/${index}`, "body")),
      );
      for (const { status, text } of all) {
        assert.equal(status, 200);
        assert.deepEqual([JSON.parse(text).version, JSON.parse(text).host], [2, "localhost"]);
      }
      assert.equal(phases.filter((phase) => phase === "certificate").length, 1);
      assert.match(dev.lines.at(-1)!, /^POST \/\d+ → 200 in /);
    } finally {
      session.close();
    }
  });

  test("does not serve a host that is not this machine, nor its other port", async () => {
    const { status } = await get(url, "/", { headers: { Host: "evil.example" } });
    assert.equal(status, 421);
    const other = new URL(dev.gateway.url).host;
    assert.equal((await get(url, "/", { headers: { Host: other } })).status, 421);
  });

  test("has nothing to say to a client that speaks no TLS, and goes on", async () => {
    const { port } = new URL(url);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
    assert.equal((await get(url, "/")).status, 200);
  });

  test("whose port is taken is said to be missing; HTTP is served", async () => {
    const port = Number(new URL(url).port);
    const other = await startDev([seen], { secure: { ...pair, port } });
    try {
      const { secure } = other.gateway;
      assert.ok(secure && "reason" in secure);
      assert.match(secure.reason, new RegExp(String(port)));
      assert.equal((await other.get("/")).status, 200);
    } finally {
      await other.close();
    }
  });

  test("ends connections of HTTP/2 when the gateway closes", async () => {
    const other = await startDev([seen], { secure: { ...pair, port: 0 }, graceMs: 10 });
    const { secure } = other.gateway;
    assert.ok(secure && "url" in secure);
    const session = http2.connect(secure.url, { ca: pair.cert, servername: "localhost" });
    session.on("error", () => {});
    await get2(session, "/");
    await other.close();
    await until(() => session.destroyed);
  });
});

describe("the gateway's certificate", () => {
  const space = useWorkspace();

  test("is for the names of this machine, and for servers alone", () => {
    const certificate = new X509Certificate(pair.cert);
    assert.ok(certificate.checkHost("localhost"));
    for (const address of ["127.0.0.1", "::1"]) assert.ok(certificate.checkIP(address), address);
    assert.equal(certificate.checkHost("example.com"), undefined);
    assert.equal(certificate.ca, false);
    assert.ok(certificate.verify(certificate.publicKey));
    assert.ok(Date.parse(certificate.validTo) - Date.now() < 825 * 86_400_000);
    tls.createSecureContext(pair);
  });

  test("is made at the first start and kept, for nobody else to read", async () => {
    const home = await space.folder();
    const first = ownCertificate({ HOME: home });
    assert.equal(first.file, join(home, ".local/state/gibbon/dev-certificate.pem"));
    assert.equal((await stat(first.file!)).mode & 0o777, 0o600);
    assert.equal(ownCertificate({ HOME: home }).cert, first.cert);
    const elsewhere = ownCertificate({ HOME: home, XDG_STATE_HOME: join(home, "state") });
    assert.equal(elsewhere.file, join(home, "state/gibbon/dev-certificate.pem"));
    assert.ok((await readFile(first.file!, "utf8")).includes(first.cert));
  });

  test("is made anew where it cannot be read, and goes unkept where it cannot be written", async () => {
    const home = await space.folder({ ".local/state/gibbon/dev-certificate.pem": "spoilt" });
    const made = ownCertificate({ HOME: home });
    assert.ok(new X509Certificate(made.cert).checkHost("localhost"));
    assert.equal(ownCertificate({ HOME: home }).cert, made.cert);
    await writeFile(join(home, "file"), "");
    const unkept = ownCertificate({ HOME: join(home, "file") });
    assert.equal(unkept.file, undefined);
    assert.ok(unkept.key.includes("PRIVATE KEY"));
  });
});

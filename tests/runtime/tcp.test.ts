// TCP and TLS of the runtime's adapter.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { detectRuntime } from "../../src/runtime/detect.ts";
import type {
  Connection,
  ConnectionEvents,
  TlsClientOptions,
  TlsServerOptions,
} from "../../src/runtime/contract.ts";
import { acceptInto, Peer, until } from "./peer.ts";

const runtime = await detectRuntime();
const HOST = "127.0.0.1";
const pem = (name: string) =>
  readFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url), "utf8");
/** A certificate that has signed itself, so it stands for its own authority too. */
const CERTIFICATE = { cert: pem("cert"), key: pem("key") };
const MEGABYTES = Buffer.alloc(3_000_000, "gibbon");

async function withListener(
  accept: (connection: Connection) => ConnectionEvents,
  secure: TlsServerOptions | undefined,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const listener = await runtime.listenTcp({ host: HOST, port: 0 }, accept, secure);
  try {
    await use(listener.port);
  } finally {
    await listener.close();
  }
}

/** Ends when its peer does. */
class Leaving extends Peer {
  override ended(): void {
    super.ended();
    this.connection?.end();
  }
}

async function connect(port: number, secure?: TlsClientOptions): Promise<Peer> {
  const peer = new Leaving();
  peer.connection = await runtime.connectTcp({ host: HOST, port }, peer, secure);
  return peer;
}

for (
  const [kind, server, client] of [
    ["TCP", undefined, undefined],
    ["TLS with certificates on both sides", { ...CERTIFICATE, ca: CERTIFICATE.cert }, {
      ...CERTIFICATE,
      ca: CERTIFICATE.cert,
    }],
  ] as const
) {
  describe(kind, () => {
    test("carries bytes both ways, and the end after them", async () => {
      const peers: Peer[] = [];
      await withListener(acceptInto(peers), server, async (port) => {
        const near = await connect(port, client);
        near.connection?.write(MEGABYTES);
        await until(() => peers[0]?.received === MEGABYTES.length);
        const [far] = peers;
        assert.ok(Buffer.concat(far!.chunks).equals(MEGABYTES));
        far!.connection?.write(MEGABYTES);
        far!.connection?.end();
        await until(() => near.closes === 1 && far!.closes === 1);
        assert.equal(far!.ends, 1);
        assert.ok(Buffer.concat(near.chunks).equals(MEGABYTES));
      });
    });

    test("tells of a peer that is gone, once", async () => {
      const peers: Peer[] = [];
      const accept = (connection: Connection) => {
        const far = new Leaving();
        far.connection = connection;
        peers.push(far);
        return far;
      };
      await withListener(accept, server, async (port) => {
        const near = await connect(port, client);
        near.connection?.write(Buffer.from("x"));
        await until(() => peers[0]?.received === 1);
        near.connection?.destroy();
        await until(() => near.closes === 1 && peers[0]?.closes === 1);
        const later = await connect(port, client);
        later.connection?.destroy();
        await until(() => later.closes === 1);
        assert.deepEqual([near.closes, peers[0]?.closes], [1, 1]);
      });
    });
  });
}

describe("a TCP listener", () => {
  test("refuses a port that is taken, and takes nobody once it is closed", async () => {
    let freed = 0;
    const peers: Peer[] = [];
    await withListener(acceptInto(peers), undefined, async (port) => {
      freed = port;
      await assert.rejects(runtime.listenTcp({ host: HOST, port }, acceptInto([])), {
        code: "EADDRINUSE",
      });
    });
    // The port may be somebody else's by now, who takes the connection: then it is not ours.
    const late = await connect(freed).catch((error) => error);
    if (late instanceof Peer) late.connection?.destroy();
    else assert.equal(late.code, "ECONNREFUSED");
    assert.equal(peers.length, 0);
  });
});

describe("TLS", () => {
  test("turns a client without a certificate away where one is asked for", async () => {
    const peers: Peer[] = [];
    await withListener(
      acceptInto(peers),
      { ...CERTIFICATE, ca: CERTIFICATE.cert },
      async (port) => {
        const near = await connect(port, { ca: CERTIFICATE.cert }).catch(() => undefined);
        if (near) await until(() => near.closes === 1);
        assert.equal(peers.length, 0);
        const good = await connect(port, { ...CERTIFICATE, ca: CERTIFICATE.cert });
        await until(() => peers.length === 1);
        good.connection?.destroy();
      },
    );
  });

  test("does not connect to a server whose certificate nobody vouches for", async () => {
    await withListener(acceptInto([]), CERTIFICATE, async (port) => {
      await assert.rejects(connect(port, {}));
    });
  });

  test("does not connect to a server that is called otherwise", async () => {
    await withListener(acceptInto([]), CERTIFICATE, async (port) => {
      await assert.rejects(connect(port, { ca: CERTIFICATE.cert, serverName: "other.test" }));
    });
  });

  test("does not take plain bytes for a connection", async () => {
    const peers: Peer[] = [];
    await withListener(acceptInto(peers), CERTIFICATE, async (port) => {
      const plain = await connect(port);
      plain.connection?.write(Buffer.from("what is this?\n\n"));
      await until(() => plain.closes === 1);
      assert.equal(peers.length, 0);
    });
  });
});

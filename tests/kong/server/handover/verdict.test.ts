// Which takeover is allowed, and what a refusal says.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  FIGHT,
  type Holder,
  takeoverRefusal,
} from "../../../../src/kong/server/handover/verdict.ts";
import type { Lineage, Starter } from "../../../../src/kong/protocol/lineage.ts";

const NOW = 1_700_000_000_000;
const nginx = (startedAt: number, pid = startedAt): Starter => ({ pid, startedAt, name: "nginx" });

const lineage = (starter: Starter | undefined): Lineage => ({
  starter,
  orphaned: false,
  takeovers: [],
  older: [],
});

const holder = (starter: Starter | undefined, parts: Partial<Holder> = {}): Holder => ({
  ...lineage(starter),
  pid: 77,
  ...parts,
});

const judge = (own: Starter | undefined, given: Holder) =>
  takeoverRefusal("/run/s.sock", lineage(own), given, NOW);

describe("a takeover", () => {
  const allowed: Readonly<Record<string, [own: Starter | undefined, given: Holder]>> = {
    "from a server of an older Kong": [nginx(20), holder(nginx(10))],
    "from one of the same Kong": [nginx(10), holder(nginx(10))],
    "from one whose Kong is gone, though it was newer": [
      nginx(10),
      holder(nginx(20), { orphaned: true }),
    ],
    "by a server that a person started": [{ ...nginx(5), name: "bash" }, holder(nginx(20))],
    "by one that systemd started": [nginx(0, 1), holder(nginx(20))],
    "from one that systemd started": [nginx(10), holder(nginx(20, 1))],
    "where the system does not say who started this one": [undefined, holder(nginx(20))],
    "where it does not say who started the other": [nginx(10), holder(undefined)],
    "after changes of hands that are long ago": [
      nginx(10),
      holder(nginx(10), { takeovers: Array(100).fill(NOW - 60_001) }),
    ],
    "after a few changes of hands": [
      nginx(10),
      holder(nginx(10), { takeovers: Array(FIGHT - 1).fill(NOW - 10) }),
    ],
  };
  for (const [what, [own, given]] of Object.entries(allowed)) {
    test(`${what} is allowed`, () => assert.equal(judge(own, given), undefined));
  }

  test("from a server of a newer Kong is not", () => {
    const refusal = judge(nginx(10), holder(nginx(20)));
    assert.equal(refusal?.code, "SOCKET_IN_USE");
    assert.match(refusal.message, /\/run\/s\.sock \(process 77\).* newer nginx than this one$/);
    assert.match(refusal.remedy ?? "", /do nothing: the older nginx \(process 10\) will leave/);
  });

  test("is not while two programs fight, whoever they are", () => {
    for (const orphaned of [true, false]) {
      const takeovers = Array(FIGHT).fill(NOW - 59_000);
      const refusal = judge(nginx(10), holder(nginx(5), { takeovers, orphaned }));
      assert.equal(refusal?.code, "SOCKET_IN_USE");
      assert.match(refusal.message, /has changed hands 20 times in the last minute/);
      assert.match(refusal.remedy ?? "", /Find out what starts process 77, and what starts this/);
    }
  });
});

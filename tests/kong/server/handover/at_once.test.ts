// New servers that start at the same time on a socket that a server has.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../../support/until.ts";
import { useWorkspace } from "../../../support/workspace.ts";
import { Gateway, Place } from "./support.ts";

const space = useWorkspace();

for (const workers of ["0", "1"]) {
  test(`with --workers ${workers}, of three new servers at once one has the socket`, async () => {
    const place = await Place.make(space);
    const old = await place.serve(workers);
    const gateway = new Gateway(place.socket);
    await gateway.more(50);
    const servers = [1, 2, 3].map(() => place.launch(workers));
    await Promise.all(servers.map((server) => server.saying("serving plugins")));
    await gateway.more(300);
    gateway.dropIdle();
    await gateway.more(100);
    await gateway.stop();
    assert.equal((await old.ended).code, 0);
    await until(() => servers.filter(({ hasEnded }) => hasEnded).length === 2);
    for (const server of servers) {
      if (server.hasEnded) assert.equal((await server.ended).code, 0);
      assert.doesNotMatch(server.stderr(), /\[error\]/);
    }
    await (await place.connect()).start("steps");
  });
}

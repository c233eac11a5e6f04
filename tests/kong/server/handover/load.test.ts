// Servers that take over from one another under load, in all layouts: no event is lost.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { until } from "../../../support/until.ts";
import { useWorkspace } from "../../../support/workspace.ts";
import { Gateway, LAYOUTS, Place } from "./support.ts";

const space = useWorkspace();

for (const workers of LAYOUTS) {
  test(`three generations follow one another under load, with --workers ${workers}`, async () => {
    const place = await Place.make(space);
    const servers = [await place.serve(workers)];
    const gateway = new Gateway(place.socket);
    await gateway.more(100);
    for (let generation = 1; generation < 3; generation++) {
      servers.push(await place.serve(workers));
      await servers.at(-2)!.saying("another server has taken over the socket");
      await servers.at(-1)!.saying("took the socket over from another server");
      // Connections to all servers that were there are in the pool now.
      await gateway.more(300);
    }
    gateway.dropIdle();
    await gateway.more(300);
    await gateway.stop();
    const [first, second, third] = servers;
    assert.deepEqual([(await first!.ended).code, (await second!.ended).code], [0, 0]);
    // A server that is asked for an event of another one says NO_EVENT, and the next one is asked.
    const bad = /\[error\]|request is stopped/;
    for (const server of servers) assert.doesNotMatch(server.stderr(), bad);
    // Nothing leads to the old ones any more.
    await until(() => readdirSync(place.folder).length === 1);
    await (await place.connect()).start("steps");
    third!.signal("SIGTERM");
    assert.equal((await third!.ended).code, 0);
    assert.deepEqual(readdirSync(place.folder), []);
  });
}

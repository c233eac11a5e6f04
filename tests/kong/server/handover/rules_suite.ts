// Tests for each layout: who may take over from whom, when the old server leaves, and what both leave behind.
import assert from "node:assert/strict";
import { lstatSync, readdirSync, rmSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { lives } from "../../../support/process.ts";
import { until } from "../../../support/until.ts";
import { useWorkspace } from "../../../support/workspace.ts";
import { ProtobufClient } from "../../support/protobuf_client.ts";
import { SocketClient, stopsRequest } from "../../support/rpc_client.ts";
import { Gateway, isOver, Place } from "./support.ts";

const inodeOf = (path: string) => lstatSync(path, { bigint: true }).ino;

/** Declares the tests for servers with so many workers. */
export function testRules(workers: string): void {
  const space = useWorkspace();

  describe(`with --workers ${workers}, an old server`, () => {
    test("ends its events, wherever their steps come in, and then leaves", async () => {
      const place = await Place.make(space);
      const old = await place.serve(workers);
      const before = await place.connect();
      const { EventId } = await before.event(await before.start("steps"));
      const next = await place.serve(workers);
      await old.saying("another server has taken over the socket");
      const client = await SocketClient.connect(place.socket);
      assert.deepEqual(await client.step(EventId, "one"), {
        Method: "kong.request.get_header",
        Args: ["x-two"],
      });
      before.leave();
      const { Method } = await client.step(EventId, "two") as { Method: string };
      assert.equal(Method, "kong.response.set_header");
      assert.equal(old.hasEnded, false, "its event is not over");
      assert.equal(await client.step(EventId), "ret");
      assert.equal((await old.ended).code, 0, old.stderr());
      // A step too many: nobody knows the event, so the request must not pass.
      assert.ok(stopsRequest(await client.step(EventId)));
      assert.match(next.stderr(), /the client's request is stopped: .*code=NO_EVENT/);
      client.leave();
    });

    test("serves what comes on its connections, each of which ends with the answer", async () => {
      const place = await Place.make(space);
      const old = await place.serve(workers);
      const [first, second] = [await place.connect(), await place.connect()];
      const instance = await first.start("steps");
      await second.result("plugin.GetStatus");
      const framed = await ProtobufClient.connect(place.socket);
      await framed.start("steps");
      const next = await place.serve(workers);
      await old.saying("another server has taken over the socket");
      await place.serve(workers);
      // The one after the next has the path now, and the next one had nothing to do.
      assert.equal((await next.ended).code, 0);
      assert.equal(old.hasEnded, false, "it has connections");

      const { EventId } = await first.event(instance);
      await until(() => first.closed);
      await second.step(EventId, "one");
      await until(() => second.closed);
      const client = await place.connect();
      await client.step(EventId, "two");
      assert.equal(await client.step(EventId), "ret");
      assert.equal(old.hasEnded, false, "it has a connection");
      const sequence = framed.handle(instance);
      for (let calls = 0; calls < 3; calls++) {
        assert.equal(framed.closed, undefined, "in the middle of an event");
        await framed.call();
        framed.answer();
      }
      assert.equal(await framed.turn(), sequence);
      assert.equal(framed.isClean, false, "nginx must not keep it");
      await framed.left();
      assert.equal((await old.ended).code, 0);
    });

    test("of another program waits for that one's SIGTERM, and leaves the path alone", async () => {
      const place = await Place.make(space);
      const manager = place.manager(workers);
      const pid = await manager.start();
      await manager.shell.saying("serving plugins");
      const first = await place.serve(workers);
      await manager.shell.saying(/another server has taken over the socket.* remedy=/);
      const second = await place.serve(workers);
      assert.equal((await first.ended).code, 0);
      assert.ok(lives(pid), "it left, and would have been started again");
      const inode = inodeOf(place.socket);
      process.kill(pid, "SIGTERM");
      assert.equal(await manager.code(pid), 0);
      assert.equal(inodeOf(place.socket), inode);
      await (await place.connect()).start("steps");
      second.signal("SIGTERM");
      assert.equal((await second.ended).code, 0);
      assert.deepEqual(readdirSync(place.folder), []);
    });

    test("serves what comes on its connections also after SIGTERM", async () => {
      const place = await Place.make(space);
      const old = await place.serve(workers, "--grace", "60");
      const [first, second] = [await place.connect(), await place.connect()];
      const instance = await first.start("steps");
      const { EventId } = await first.event(instance);
      await second.result("plugin.GetStatus");
      await place.serve(workers);
      await old.saying("another server has taken over the socket");
      old.signal("SIGTERM");
      await old.saying("stopping");
      const later = await second.event(instance);
      assert.equal(stopsRequest(later.Data), false);
      const client = await place.connect();
      for (const id of [EventId, later.EventId]) {
        await client.step(id, "one");
        await client.step(id, "two");
        assert.equal(await client.step(id), "ret");
      }
      assert.equal((await old.ended).code, 0);
    });

    test("serves on after SIGTERM while a gateway makes requests, until the next one is there", async () => {
      const place = await Place.make(space);
      const old = await place.serve(workers, "--grace", "60");
      const gateway = new Gateway(place.socket);
      await gateway.more(50);
      old.signal("SIGTERM");
      await old.saying("stopping");
      await gateway.more(200);
      assert.equal(old.hasEnded, false);
      await place.serve(workers);
      assert.equal((await old.ended).code, 0);
      await gateway.more(50);
      await gateway.stop();
    });

    test("whose program is gone leaves too, and may be replaced by whoever comes", async () => {
      const place = await Place.make(space);
      const older = place.manager(workers);
      await older.aged();
      const newer = place.manager(workers);
      const pid = await newer.start();
      await newer.shell.saying("serving plugins");
      const refused = await older.start();
      await older.shell.saying(/SOCKET_IN_USE: .*\(process \d+\) that was started by a newer /);
      assert.equal(await older.code(refused), 1);
      // As the remedy says: the older program leaves; here the newer one is killed.
      newer.shell.signal("SIGKILL");
      await until(() => isOver(newer.shell.pid));
      await older.start();
      await older.shell.saying("serving plugins");
      await until(() => isOver(pid));
      await (await place.connect()).start("steps");
    });

    test("whose path was removed says so, and the remedy works", async () => {
      const place = await Place.make(space);
      const old = await place.serve(workers);
      rmSync(place.socket);
      await old.saying(/the socket's path leads elsewhere or nowhere.*remedy="Start gibbon again/);
      await place.serve(workers);
      assert.equal((await old.ended).code, 0);
      assert.equal(old.stderr().split("elsewhere or nowhere").length, 2);
    });

    test("leaves no name behind that a killed successor gave it", async () => {
      const place = await Place.make(space);
      const manager = place.manager(workers);
      const pid = await manager.start();
      await manager.shell.saying("serving plugins");
      const killed = await place.serve(workers);
      assert.equal(readdirSync(place.folder).length, 2);
      await killed.kill();
      process.kill(pid, "SIGTERM");
      assert.equal(await manager.code(pid), 0);
      assert.deepEqual(readdirSync(place.folder), ["s.sock"]);
      await place.serve(workers);
      assert.deepEqual(readdirSync(place.folder), ["s.sock"]);
    });
  });
}

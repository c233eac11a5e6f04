// The load: keeps connections busy with events and counts. A process of its own, started as
// `RUNTIME client.ts JSON` with an Order; prints a Tally as JSON.
import process from "node:process";
import { Counter } from "./counter.ts";
import { openSocket } from "./lane.ts";
import { MsgpackLane, startOverMsgpack } from "./msgpack_lane.ts";
import type { Order, Tally } from "./order.ts";
import { ProtobufLane, startOverProtobuf } from "./protobuf_lane.ts";

async function main(order: Order): Promise<Tally> {
  const isProtobuf = order.protocol === "ProtoBuf:1";
  const start = isProtobuf ? startOverProtobuf : startOverMsgpack;
  const instance = await start(order.socket, order.plugin);
  const sockets = await Promise.all(
    Array.from({ length: order.connections }, () => openSocket(order.socket)),
  );
  const lanes = sockets.map((socket) =>
    isProtobuf ? new ProtobufLane(socket, instance) : new MsgpackLane(socket, instance)
  );
  const from = order.from - performance.timeOrigin;
  const until = typeof order.until === "number" ? order.until - performance.timeOrigin : Infinity;
  const limit = typeof order.until === "number" ? Infinity : order.until.events;
  const counter = new Counter();
  let cpu: NodeJS.CpuUsage | undefined;
  let countedAt = from;
  let ended = 0;
  await Promise.all(lanes.map((lane) =>
    lane.run((begunAt, endedAt) => {
      ended++;
      if (begunAt < from) return true;
      cpu ??= process.cpuUsage();
      if (endedAt > until || counter.events >= limit) return false;
      counter.add(endedAt - begunAt);
      countedAt = endedAt;
      return true;
    })
  ));
  const used = process.cpuUsage(cpu);
  for (const socket of sockets) socket.destroy();
  const ms = (Number.isFinite(until) ? until : countedAt) - from;
  const busy = (used.user + used.system) / 1000 / ms;
  const trips = lanes.reduce((sum, lane) => sum + lane.trips, 0) / ended;
  return { events: counter.events, ms, durations: counter.durations(), busy, trips };
}

try {
  console.log(JSON.stringify(await main(JSON.parse(process.argv[2] ?? ""))));
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}

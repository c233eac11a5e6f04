#!/usr/bin/env -S gibbon prox
// A plugin for prox with something of everything, as tests want it.
import {
  acceptConn,
  allow,
  defineProxPlugin,
  deny,
  drop,
  fallback,
  modifyResponse,
  type ProxRequest,
  type ProxRoute,
  rejectConn,
} from "gibbon/prox";
import { greeting } from "./folder/_greeting.ts";

console.log("this must not reach the host");
let routes: ProxRoute[] = [];

function verdict(req: ProxRequest) {
  switch (req.path) {
    case "/deny":
      return deny(401, "Who are you?\n", { headers: { "WWW-Authenticate": "Bearer" } });
    case "/drop":
      return drop();
    case "/fallback":
      return fallback();
    case "/throw":
      throw new Error("broken on purpose");
    case "/leave":
      void Promise.reject(new Error("left behind"));
      return drop();
    default:
      return allow({ headers: { "X-Greeting": greeting(req.queryParam("name") ?? "you") } });
  }
}

export default defineProxPlugin({
  onConfigure(route, prox) {
    routes = [...routes, route];
    prox.setTargets({ action: "dynamic" }, [`127.0.0.1:${routes.length}`]);
    prox.setSpeedLimit("*", { downloadMbps: 8 });
    prox.log.info("configured", { route: route.id });
  },
  async onRequest(req) {
    if (req.path === "/deny") console.log("nobody shall pass");
    await Promise.resolve();
    return verdict(req);
  },
  onResponse: (req) =>
    modifyResponse({ status: 203, headers: { "X-Path": req.path }, remove: ["Server"] }),
  onConnect: (conn) => conn.domain.startsWith("evil.") ? rejectConn() : acceptConn(),
  onDisconnect: (event, prox) => prox.log.info("disconnected", { bytes: event.bytesTx }),
});

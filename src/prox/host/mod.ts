// `gibbon/prox/host`: the host of prox plugins, as other programs use it.
export {
  type Balancer,
  isKeyed,
  type KeyedBalancer,
  RandomBalancer,
  RoundRobinBalancer,
  WeightedBalancer,
} from "./balancers.ts";
export { type BalancerType, GroupedBalancer, newByType } from "./grouped_balancer.ts";
export { LeastConnBalancer } from "./least_conn_balancer.ts";
export type { BuildPlugin } from "./resolve.ts";
export type { Binding, RouteInfo } from "./binding.ts";
export { Caller, type CallerOptions } from "./caller.ts";
export { Deadline } from "./deadline.ts";
export { PROX_HOST_LIMITS, type ProxHostLimits, restartDelayMs } from "./limits.ts";
export { Manager, type ManagerOptions } from "./manager.ts";
export { Process, type ProcessOptions } from "./process.ts";
export type { SpeedEntry } from "./route_speeds.ts";
export { createLogger, type Logger } from "../../base/log.ts";
export { type HookData, type HookResult, marshalEnvelope } from "../encode.ts";
export type { ConfigureParams, MatchInfo } from "../lifecycle.ts";
export type {
  AuthorizeResult,
  ConnInfo,
  ConnResult,
  DisconnectInfo,
  HookName,
  RequestInfo,
  ResponseModResult,
  ResponsePair,
  SpeedLimit,
  UpstreamResponseInfo,
} from "../messages.ts";

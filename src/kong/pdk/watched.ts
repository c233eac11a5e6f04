// The parts of `kong` that all plugins share: one that changes them would change them for all others.
import { GibbonError } from "../../base/errors.ts";
import { watchToo } from "../../runtime/shared/builtins/snapshot.ts";
import { KongClient } from "./client.ts";
import { KongClientTls } from "./client_tls.ts";
import { KongCluster } from "./cluster.ts";
import { KongCtx, KongCtxShared } from "./ctx.ts";
import { KongIp } from "./ip.ts";
import { Kong } from "./kong.ts";
import { KongNginx } from "./nginx.ts";
import { KongNode } from "./node.ts";
import { KongPlugin } from "./plugin.ts";
import { KongRequest } from "./request.ts";
import { KongResponse } from "./response.ts";
import { KongRouter } from "./router.ts";
import { KongService } from "./service.ts";
import { KongServiceRequest } from "./service_request.ts";
import { KongServiceResponse } from "./service_response.ts";
import { KongTelemetry } from "./telemetry.ts";
import { KongVault } from "./vault.ts";

/** Watches them from now on. */
export function watchPdk(): void {
  watchToo([
    ...[Kong, KongClient, KongClientTls, KongCluster, KongCtx, KongCtxShared, KongIp, KongNginx],
    ...[KongNode, KongPlugin, KongRequest, KongResponse, KongRouter, KongService],
    ...[KongServiceRequest, KongServiceResponse, KongTelemetry, KongVault, GibbonError],
  ].map(({ name, prototype }) => ({ name: `${name}.prototype`, object: prototype })));
}

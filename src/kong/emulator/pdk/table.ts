// All functions of the acted-out PDK.
import { client } from "./client.ts";
import { clientTls } from "./client_tls.ts";
import { cluster } from "./cluster.ts";
import { ctx } from "./ctx.ts";
import type { PdkTable } from "./function.ts";
import { ip } from "./ip.ts";
import { log } from "./log.ts";
import { nginx } from "./nginx.ts";
import { nodeFunctions } from "./node.ts";
import { plugin } from "./plugin.ts";
import { request } from "./request.ts";
import { response } from "./response.ts";
import { router } from "./router.ts";
import { service } from "./service.ts";
import { serviceRequest } from "./service_request.ts";
import { serviceResponse } from "./service_response.ts";
import { telemetry } from "./telemetry.ts";
import { vault } from "./vault.ts";

/** Functions by their dotted name, as Kong has it. */
export const PDK: PdkTable = {
  ...client,
  ...clientTls,
  ...cluster,
  ...ctx,
  ...ip,
  ...log,
  ...nginx,
  ...nodeFunctions,
  ...plugin,
  ...request,
  ...response,
  ...router,
  ...service,
  ...serviceRequest,
  ...serviceResponse,
  ...telemetry,
  ...vault,
};

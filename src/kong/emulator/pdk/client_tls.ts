// kong.client.tls: the client's end of a TLS connection. There is none behind `gibbon dev`.
import { badArgument, inPhases, REQUEST, REQUEST_AND_LOG, text } from "./function.ts";

/** Functions of `kong.client.tls`. The handshake is not acted out: asking it for more succeeds. */
export const clientTls = {
  ...inPhases(["certificate"], {
    "kong.client.tls.request_client_certificate": () => true,
    "kong.client.tls.disable_session_reuse": () => true,
  }),
  ...inPhases(REQUEST_AND_LOG, {
    "kong.client.tls.get_full_client_certificate_chain": ({ exchange, phase }) =>
      phase === "log" ? undefined : exchange.original.tls?.clientChain,
  }),
  ...inPhases(REQUEST, {
    "kong.client.tls.set_client_verify": ({ exchange }, args) => {
      const verify = text(args[0], "the result");
      if (verify !== "SUCCESS" && verify !== "NONE" && !verify.startsWith("FAILED:")) {
        throw badArgument("the result", "SUCCESS, NONE or FAILED:reason");
      }
      exchange.clientVerify = verify;
    },
  }),
};

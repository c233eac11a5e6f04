// kong.router: the route that was taken and the service behind it.
import { AUTHENTICATED, inPhases } from "./function.ts";

/** Functions of `kong.router`. */
export const router = inPhases(AUTHENTICATED, {
  "kong.router.get_route": ({ exchange }) => exchange.route,
  "kong.router.get_service": ({ exchange }) => exchange.service,
});

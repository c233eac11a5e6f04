// The first of two plugins in one process.
import { allow, defineProxPlugin, deny } from "gibbon/prox";

export default defineProxPlugin({
  onRequest: (req) => req.header("authorization") ? allow({ headers: { "X-A": "a" } }) : deny(401),
});

// The second of two plugins in one process.
import { allow, defineProxPlugin } from "gibbon/prox";

export default defineProxPlugin({
  onRequest: () => allow({ headers: { "X-B": "b" } }),
});

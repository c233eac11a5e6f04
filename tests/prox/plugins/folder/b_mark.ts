// The second of two plugins in one process.
import { allow, defineProxPlugin } from "gibbon";

export default defineProxPlugin({
  onRequest: () => allow({ headers: { "X-B": "b" } }),
});

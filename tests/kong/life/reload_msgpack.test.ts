// `kong reload` over MsgPack:1.
import { testReloads } from "./reload_suite.ts";

testReloads("MsgPack:1");

// `kong reload` over ProtoBuf:1.
import { testReloads } from "./reload_suite.ts";

testReloads("ProtoBuf:1");

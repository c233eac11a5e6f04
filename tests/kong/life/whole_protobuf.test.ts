// A whole Kong on gibbon over ProtoBuf:1.
import { testWholeLives } from "./whole_suite.ts";

testWholeLives("ProtoBuf:1");

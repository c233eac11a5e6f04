// A whole Kong on gibbon over MsgPack:1.
import { testWholeLives } from "./whole_suite.ts";

testWholeLives("MsgPack:1");

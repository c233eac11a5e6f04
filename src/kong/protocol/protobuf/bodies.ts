// The client's body in ProtoBuf:1: its bytes, or the file that nginx has put them into.
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { GibbonError, messageOf } from "../../../base/errors.ts";
import { decodeMessage } from "../../../wire/protobuf/codec.ts";
import { RawBodyResult } from "./generated/messages.ts";
import type { Result } from "./results.ts";

/** What a reader of a body that lies in a file can do. */
const RAISE_BUFFER =
  "Raise nginx_http_client_body_buffer_size in Kong, so that bodies stay in memory";

/**
 * The body; a promise if it lies in a file. Kong says where that is, whatever its size: the largest
 * file that the plugin takes (0: any that fits a message) is looked after here.
 */
export const rawBody: Result = (frame, [accepted], { limits: { messageBytes } }) => {
  const { kind } = decodeMessage(RawBodyResult, frame);
  switch (kind?.$case) {
    case undefined:
      return undefined;
    case "content":
      return kind.value;
    case "body_filepath":
      return readBody(kind.value, Math.min(Number(accepted) || messageBytes, messageBytes));
    case "error":
      throw new GibbonError("PDK_FAILED", kind.value);
  }
};

async function readBody(file: string, mostBytes: number): Promise<Uint8Array> {
  let handle: FileHandle | undefined;
  try {
    // Without waiting for a writer, if it is no ordinary file after all.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) throw new Error("it is no file");
    if (stat.size > mostBytes) throw tooLarge(stat.size, mostBytes);
    return await readAll(handle, stat.size);
  } catch (error) {
    if (error instanceof GibbonError) throw error;
    throw new GibbonError("PDK_FAILED", `Kong has the body in ${file}: ${messageOf(error)}`, {
      remedy: `${RAISE_BUFFER}, or let gibbon see and read Kong's folder client_body_temp.`,
      cause: error,
    });
  } finally {
    await handle?.close();
  }
}

/** What is there when the call is made; nginx has written all of it. */
async function readAll(handle: FileHandle, size: number): Promise<Uint8Array> {
  const body = new Uint8Array(size);
  for (let at = 0; at < size;) {
    const { bytesRead } = await handle.read(body, at, size - at, at);
    if (bytesRead === 0) throw new Error(`it ended after ${at} of ${size} bytes`);
    at += bytesRead;
  }
  return body;
}

function tooLarge(size: number, mostBytes: number): GibbonError {
  return new GibbonError(
    "PDK_FAILED",
    `the body has ${size} bytes, and the largest file that is taken ${mostBytes}`,
    { remedy: "Say how large a body may be: kong.request.getRawBody(maxFileBytes)." },
  );
}

// Go's time.Time: its bytes, and JavaScript's dates.
import { WireError } from "../wire_error.ts";
import type { GobTime } from "./types.ts";

/** Seconds from Go's zero time, the start of year 1, to 1970. */
const TO_1970 = 62_135_596_800n;
/** What stands for UTC among the zones, which are in minutes. */
const UTC = -1;

/** `time.Time{}`: the start of year 1 in UTC. */
export const ZERO_TIME: GobTime = { seconds: -Number(TO_1970), nanoseconds: 0 };

/** Whether Go's encoder would leave out a field with this time. */
export function isZeroTime(time: GobTime): boolean {
  return time.seconds === ZERO_TIME.seconds && time.nanoseconds === 0 && time.offset === undefined;
}

/**
 * Reads what `time.Time` made of itself.
 *
 * @throws {WireError} MALFORMED
 */
export function timeFromBytes(bytes: Uint8Array): GobTime {
  const version = bytes[0];
  if (!(version === 1 && bytes.length === 15) && !(version === 2 && bytes.length === 16)) {
    throw new WireError(
      "MALFORMED",
      `gob: ${bytes.length} bytes of version ${version} are no time`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const seconds = Number(view.getBigInt64(1) - TO_1970);
  const nanoseconds = view.getInt32(9);
  if (!Number.isSafeInteger(seconds) || nanoseconds < 0 || nanoseconds > 999_999_999) {
    throw new WireError("MALFORMED", `gob: ${seconds} s and ${nanoseconds} ns are no time`);
  }
  const minutes = view.getInt16(13);
  if (minutes === UTC) return { seconds, nanoseconds };
  return { seconds, nanoseconds, offset: minutes * 60 + (version === 2 ? view.getInt8(15) : 0) };
}

/**
 * Writes a time as `time.Time` would.
 *
 * @throws {TypeError} for a time or zone that Go cannot have
 */
export function timeToBytes(time: GobTime): Uint8Array {
  const { seconds, nanoseconds, offset } = time;
  const minutes = offset === undefined ? UTC : Math.trunc(offset / 60);
  const valid = Number.isSafeInteger(seconds) && Number.isInteger(nanoseconds) &&
    nanoseconds >= 0 && nanoseconds <= 999_999_999 && minutes >= -32768 && minutes <= 32767 &&
    (offset === undefined || (Number.isInteger(offset) && minutes !== UTC));
  if (!valid) throw new TypeError(`gob: ${JSON.stringify(time)} is no time`);
  const rest = offset === undefined ? 0 : offset % 60;
  const bytes = new Uint8Array(rest === 0 ? 15 : 16);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, rest === 0 ? 1 : 2);
  view.setBigInt64(1, BigInt(seconds) + TO_1970);
  view.setInt32(9, nanoseconds);
  view.setInt16(13, minutes);
  if (rest !== 0) view.setInt8(15, rest);
  return bytes;
}

/** The same moment as a Date: to the millisecond, without the zone; invalid far outside of history. */
export function timeToDate(time: GobTime): Date {
  return new Date(time.seconds * 1000 + Math.floor(time.nanoseconds / 1_000_000));
}

/** A Date as a time in UTC. */
export function timeFromDate(date: Date): GobTime {
  const seconds = Math.floor(date.getTime() / 1000);
  return { seconds, nanoseconds: (date.getTime() - seconds * 1000) * 1_000_000 };
}

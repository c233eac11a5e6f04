// Addresses in ranges such as 10.0.0.0/8 or fd00::/8, for what Kong calls trusted_ips.
import { isIPv4, isIPv6 } from "node:net";

/** An address as a number and its width in bits; undefined for what is no address. */
function parseAddress(text: string): { readonly value: bigint; readonly bits: number } | undefined {
  if (isIPv4(text)) return { value: BigInt(`0x${hexOfIPv4(text)}`), bits: 32 };
  if (!isIPv6(text)) return undefined;
  const mapped = text.replace(/\d+\.\d+\.\d+\.\d+$/, (ipv4) => {
    const hex = hexOfIPv4(ipv4);
    return `${hex.slice(0, 4)}:${hex.slice(4)}`;
  });
  const [left = "", right] = mapped.split("%")[0]!.split("::");
  const head = left === "" ? [] : left.split(":");
  const tail = right ? right.split(":") : [];
  const middle = right === undefined ? [] : Array(8 - head.length - tail.length).fill("0");
  const groups = [...head, ...middle, ...tail].map((group) => group.padStart(4, "0"));
  return { value: BigInt(`0x${groups.join("")}`), bits: 128 };
}

function hexOfIPv4(text: string): string {
  return text.split(".").map((part) => Number(part).toString(16).padStart(2, "0")).join("");
}

/** Whether a text is an address of a range, `ADDRESS/BITS` or a single address. */
export function inRange(address: string, range: string): boolean {
  const [base = "", length] = range.split("/");
  const a = parseAddress(address);
  const b = parseAddress(base);
  if (!a || !b || a.bits !== b.bits) return false;
  const shift = BigInt(a.bits - (length === undefined ? a.bits : Number(length)));
  return a.value >> shift === b.value >> shift;
}

// A quick look at the built-in functions that an event needs: some 50 nanoseconds, where a whole
// inspection takes 50 microseconds or more.
import { AsyncLocalStorage } from "node:async_hooks";
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import net from "node:net";
import process from "node:process";

const { nextTick } = process;
const { Array, Date, Error, JSON, Map, Number, Object, Promise, Set, String, Uint8Array } =
  globalThis;
// Those of the platform are accessors here or there, which takes longer than all the rest.
const { performance, TextDecoder, TextEncoder } = globalThis;
const { get, set, has, delete: remove } = Map.prototype;
const { then } = Promise.prototype;
const { resolve, reject, race, all } = Promise;
const { push, shift, pop, map, filter, slice } = Array.prototype;
const iterate = Array.prototype[Symbol.iterator];
const { isArray } = Array;
const { keys, entries, fromEntries, assign } = Object;
const { hasOwnProperty, toString } = Object.prototype;
const { call, apply, bind } = Function.prototype;
const { parse, stringify } = JSON;
const dateNow = Date.now;
const { from: bufferFrom, alloc, allocUnsafe } = Buffer;
const { set: setBytes, subarray, slice: sliceBytes } = Uint8Array.prototype;
const { emit, on } = EventEmitter.prototype;
const { write: writeSocket } = net.Socket.prototype;
const { decode } = TextDecoder.prototype;
const { encode } = TextEncoder.prototype;
const { run: runStored, getStore } = AsyncLocalStorage.prototype;
const performanceNow = performance.now;
const { startsWith, replaceAll, split } = String.prototype;
/** What `instanceof` asks. */
const hasInstance = Function.prototype[Symbol.hasInstance];

/** Something in which nothing is to be found but what was added to all objects. */
const EMPTY: Readonly<Record<string, unknown>> = {};

/** The same for arrays. */
const NO_ITEMS: readonly unknown[] = [];

/** Whether loops over the properties of an object meet what was added to all objects or arrays. */
export function meetsAdded(): boolean {
  for (const _ in EMPTY) return true;
  for (const _ in NO_ITEMS) return true;
  return false;
}

/** Whether all of that is what it was when gibbon started. */
export function looksIntact(): boolean {
  for (const _ in EMPTY) return false;
  return globals() && collections() && functions() && bytes() && platform() &&
    EMPTY["then"] === undefined && EMPTY["get"] === undefined && EMPTY["value"] === undefined;
}

function globals(): boolean {
  const now = globalThis;
  return now.Map === Map && now.Promise === Promise && now.Uint8Array === Uint8Array &&
    now.Date === Date && now.Error === Error && now.String === String && now.Array === Array &&
    now.Object === Object && now.JSON === JSON && now.Set === Set && now.Number === Number;
}

function collections(): boolean {
  // Not by destructuring: that takes the iterator of arrays, which is looked at here.
  const ofMap = Map.prototype;
  const ofArray = Array.prototype;
  const ofPromise = Promise.prototype;
  return ofMap.get === get && ofMap.set === set && ofMap.has === has && ofMap.delete === remove &&
    ofPromise.then === then && Promise.resolve === resolve && Promise.reject === reject &&
    Promise.race === race && Promise.all === all && ofArray[Symbol.iterator] === iterate &&
    ofArray.push === push && ofArray.shift === shift && ofArray.pop === pop &&
    ofArray.map === map && ofArray.filter === filter && ofArray.slice === slice &&
    Array.isArray === isArray;
}

function functions(): boolean {
  const ofFunction = Function.prototype;
  const ofString = String.prototype;
  return Object.keys === keys && Object.entries === entries && Object.assign === assign &&
    Object.fromEntries === fromEntries && Object.prototype.hasOwnProperty === hasOwnProperty &&
    Object.prototype.toString === toString && ofFunction.call === call &&
    ofFunction.apply === apply && ofFunction.bind === bind && JSON.parse === parse &&
    JSON.stringify === stringify && Date.now === dateNow && performance.now === performanceNow &&
    ofString.startsWith === startsWith && ofString.replaceAll === replaceAll &&
    ofString.split === split && Error[Symbol.hasInstance] === hasInstance &&
    Promise[Symbol.hasInstance] === hasInstance && Object[Symbol.hasInstance] === hasInstance;
}

function bytes(): boolean {
  const ofBytes = Uint8Array.prototype;
  return ofBytes.set === setBytes && ofBytes.subarray === subarray &&
    ofBytes.slice === sliceBytes && Buffer.from === bufferFrom && Buffer.alloc === alloc &&
    Buffer.allocUnsafe === allocUnsafe && TextDecoder.prototype.decode === decode &&
    TextEncoder.prototype.encode === encode;
}

function platform(): boolean {
  const ofEmitter = EventEmitter.prototype;
  return ofEmitter.emit === emit && ofEmitter.on === on &&
    net.Socket.prototype.write === writeSocket &&
    AsyncLocalStorage.prototype.run === runStored &&
    AsyncLocalStorage.prototype.getStore === getStore && process.nextTick === nextTick;
}

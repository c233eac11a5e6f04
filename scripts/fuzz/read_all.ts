// Feeds a reader, and takes what it has as soon as it has it.

/** What all readers of streams have. */
export interface StreamReader<Item> {
  push(chunk: Uint8Array): void;
  next(): Item | undefined;
}

/** Feeds pieces; `take` gets each item. */
export function readAll<Item>(
  reader: StreamReader<Item>,
  pieces: readonly Uint8Array[],
  take: (item: Item) => void,
): void {
  for (const piece of pieces) {
    reader.push(piece);
    for (let item = reader.next(); item !== undefined; item = reader.next()) take(item);
  }
}

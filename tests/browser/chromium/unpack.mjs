// Unpacks what is compressed with brotli, which Python's library does not read: node unpack.mjs FROM TO NAME...

import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';

const [from, to, ...names] = process.argv.slice(2);
for (const name of names) {
  await pipeline(createReadStream(`${from}/${name}.br`), createBrotliDecompress(), createWriteStream(`${to}/${name}`));
}

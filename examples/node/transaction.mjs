// @platformatic/kafka, with results and offsets in one transaction of the database: each event counts once.

import { ListOffsetTimestamps, MessagesStreamFallbackModes, MessagesStreamModes } from "@platformatic/kafka";
import { committed, DATABASE, newConsumer, SINCE, TOPIC } from "./kafka.mjs";
import { OpenCases } from "./open-cases.mjs";

const cases = new OpenCases(DATABASE, SINCE);
const consumer = newConsumer();
// The client always joins a group; no offset is kept in it, and one instance has all partitions.
const stream = await consumer.consume({
  topics: [TOPIC],
  mode: MessagesStreamModes.MANUAL,
  fallbackMode: MessagesStreamFallbackModes.FAIL, // an offset that is lost ends the program, and skips nothing
  offsets: await places(),
});
for await (const message of committed(stream)) {
  const { topic, partition, offset } = message;
  cases.inTransaction(() => {
    if (cases.isFirstTime(message)) cases.dealWith(message);
    cases.keepOffset(topic, partition, offset, offset + 1n);
  });
}

async function places() {
  const firsts = await firstOffsets();
  return firsts.map((first, partition) => {
    return { topic: TOPIC, partition, offset: cases.keptOffset(TOPIC, partition, first) };
  });
}

// A record's own timestamp says when it was published, which is after it was recorded. The hour is for two
// clocks that differ. What was recorded before is left out by the header ce_recordedtime.
async function firstOffsets() {
  const at = async (timestamp) => (await consumer.listOffsets({ topics: [TOPIC], timestamp })).get(TOPIC);
  if (!SINCE) return at(ListOffsetTimestamps.EARLIEST);
  const found = await at(BigInt(SINCE.getTime() - 3_600_000));
  const ends = await at(ListOffsetTimestamps.LATEST);
  return found.map((offset, partition) => (offset < 0n ? ends[partition] : offset));
}

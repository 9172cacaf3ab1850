// @platformatic/kafka, idempotent by id: offsets are the group's, and an event that comes again is recognised.

import { MessagesStreamFallbackModes, MessagesStreamModes } from "@platformatic/kafka";
import { committed, DATABASE, newConsumer, SINCE, TOPIC } from "./kafka.mjs";
import { OpenCases } from "./open-cases.mjs";

const cases = new OpenCases(DATABASE, SINCE);
// Several instances share the partitions. A group that is new begins with the first record; from a day on, what
// was recorded before is read and left out.
const stream = await newConsumer().consume({
  topics: [TOPIC],
  mode: MessagesStreamModes.COMMITTED,
  fallbackMode: MessagesStreamFallbackModes.EARLIEST,
});
for await (const message of committed(stream)) {
  cases.inTransaction(() => {
    if (cases.isFirstTime(message)) cases.dealWith(message);
  });
  await message.commit(); // only now; killed before it, this program reads the same again
}

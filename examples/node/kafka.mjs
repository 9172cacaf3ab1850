// What the programs are told, by the environment, so that no password is seen among the processes; the client.

import { Consumer, FetchIsolationLevels } from "@platformatic/kafka";

const { KAFKA_BOOTSTRAP, KAFKA_USER, KAFKA_PASSWORD, GROUP = "open-cases", INSTANCE = "1", FROM } = process.env;
export const { TOPIC = "casecore.cases", DATABASE = "open-cases.db" } = process.env;
// From which day or instant on, by `recorded_at`; unless it is set, from zero.
export const SINCE = FROM ? new Date(FROM) : undefined;

const text = (bytes) => bytes?.toString();

export function newConsumer() {
  return new Consumer({
    clientId: "open-cases",
    bootstrapBrokers: KAFKA_BOOTSTRAP.split(","),
    sasl: KAFKA_USER && { mechanism: "SCRAM-SHA-512", username: KAFKA_USER, password: KAFKA_PASSWORD },
    groupId: GROUP,
    // The name of this instance: one that is started again takes over from itself at once.
    groupInstanceId: INSTANCE,
    sessionTimeout: 10_000,
    rebalanceTimeout: 10_000,
    isolationLevel: FetchIsolationLevels.READ_COMMITTED,
    autocommit: false,
    maxWaitTime: 500,
    deserializers: { headerKey: text, headerValue: text },
  });
}

// The records of a stream. Version 2.12.1 of the client lets some records of aborted transactions through,
// where one answer holds several of them: the relay's own mark is left out here, and an event that is
// published again after that is recognised by its id.
export async function* committed(stream) {
  for await (const message of stream) {
    if (!message.headers.has("casecore_filler")) yield message;
  }
}

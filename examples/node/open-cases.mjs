// What is done with each record: the part that you replace by your own.
//
// It keeps in SQLite how many cases are open with each seller at each level, and the minutes spent there.

import { DatabaseSync } from "node:sqlite";

// The types that are read, by their names without version, and the newest version that is understood of each.
const TYPES = {
  "casecore.case.opened": 1,
  "casecore.case.taken": 1,
  "casecore.case.escalated": 1,
  "casecore.case.handed_back": 1,
  "casecore.case.reclassified": 1,
  "casecore.case.resolved": 1,
  "casecore.case.reopened": 1,
  "casecore.case.closed": 1,
  "casecore.case.cancelled": 1,
  "casecore.case.effort_recorded": 1,
};
// A state that is new counts as one of a case at work, and a level that is new is kept as it is.
const NOT_OPEN = ["resolved", "closed", "cancelled"];

const TABLES = `
create table if not exists open_cases (case_id text primary key, reference text, seller text, level text);
create table if not exists efforts (seller text, level text, minutes integer, primary key (seller, level));
create table if not exists offsets (
    topic text, partition integer, next integer, primary key (topic, partition)
);
create table if not exists dealt_with (id text primary key);
create table if not exists set_aside (
    topic text, partition integer, offset integer, key blob, reason text, headers text, value blob,
    primary key (topic, partition, offset)
);`;

// A record that must not be skipped, and cannot be dealt with yet.
class NotUnderstood extends Error {}

export class OpenCases {
  #database;
  #since;

  // `since` leaves out what was recorded before.
  constructor(path, since) {
    this.#database = new DatabaseSync(path, { timeout: 30_000 });
    this.#database.exec(TABLES);
    this.#since = since;
    this.#takeUpAgain(); // perhaps this program was updated meanwhile
  }

  // Everything that `work` does, or nothing of it.
  inTransaction(work) {
    this.#database.exec("begin immediate");
    try {
      work();
      this.#database.exec("commit");
    } catch (error) {
      this.#database.exec("rollback");
      throw error;
    }
  }

  // Note the event's id; false where it was noted before.
  isFirstTime(record) {
    const id = record.headers.get("ce_id");
    const noted = "insert into dealt_with (id) values (?) on conflict do nothing";
    return id === undefined || this.#run(noted, id).changes === 1;
  }

  // The offset at which to go on; `first` where there is none yet.
  keptOffset(topic, partition, first) {
    this.#run("insert into offsets values (?, ?, ?) on conflict do nothing", topic, partition, first);
    const kept = "select next from offsets where topic = ? and partition = ?";
    return BigInt(this.#database.prepare(kept).get(topic, partition).next);
  }

  // Note where to go on; a second instance on this database notices it here.
  keepOffset(topic, partition, readFrom, goOn) {
    const moved = "update offsets set next = ? where topic = ? and partition = ? and next <= ?";
    if (this.#run(moved, goOn, topic, partition, readFrom).changes !== 1) {
      throw new Error("another instance keeps its offsets in this database");
    }
  }

  // Do what follows from a record, or set it aside with its reason.
  dealWith(record) {
    const recorded = record.headers.get("ce_recordedtime");
    if (this.#since && recorded && new Date(recorded) < this.#since) return;
    try {
      const waiting = "select 1 from set_aside where key = ?";
      if (record.key && this.#database.prepare(waiting).get(record.key)) {
        throw new NotUnderstood("an earlier record of its key is set aside");
      }
      this.#apply(record);
    } catch (reason) {
      if (!(reason instanceof NotUnderstood)) throw reason;
      const { topic, partition, offset, key = null, value = null } = record;
      const headers = JSON.stringify([...record.headers]);
      const kept = "insert into set_aside values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing";
      this.#run(kept, topic, partition, offset, key, reason.message, headers, value);
    }
  }

  #apply(record) {
    const read = understood(record);
    if (read === undefined) return;
    const { name, data } = read;
    const caseId = record.key.toString();
    const level = data.standing.level ?? "not taken";
    if (name === "casecore.case.effort_recorded") {
      // What is added up would show an event that was dealt with twice.
      const add = "on conflict do update set minutes = minutes + excluded.minutes";
      this.#run(`insert into efforts values (?, ?, ?) ${add}`, data.seller, level, data.minutes);
    } else if (NOT_OPEN.includes(data.standing.state)) {
      this.#run("delete from open_cases where case_id = ?", caseId);
    } else {
      const row = "insert or replace into open_cases values (?, ?, ?, ?)";
      this.#run(row, caseId, data.reference, data.seller, level);
    }
  }

  // Deal with what was set aside, in order, as far as it is understood now.
  #takeUpAgain() {
    const waiting = new Set();
    const kept = this.#database.prepare("select * from set_aside order by topic, partition, offset").all();
    for (const row of kept) {
      const bytes = (column) => (column === null ? undefined : Buffer.from(column));
      const record = { ...row, headers: new Map(JSON.parse(row.headers)) };
      [record.key, record.value] = [bytes(row.key), bytes(row.value)];
      if (waiting.has(String(record.key))) continue;
      try {
        this.inTransaction(() => {
          this.#apply(record);
          const place = "topic = ? and partition = ? and offset = ?";
          this.#run(`delete from set_aside where ${place}`, row.topic, row.partition, row.offset);
        });
      } catch (reason) {
        if (!(reason instanceof NotUnderstood)) throw reason;
        waiting.add(String(record.key));
      }
    }
  }

  #run(statement, ...values) {
    return this.#database.prepare(statement).run(...values);
  }
}

// The name of an event's type and its data; undefined for a type that is not read; throws NotUnderstood.
function understood(record) {
  const type = record.headers.get("ce_type") ?? "";
  const [, name, version] = /^(.*)\.v(\d+)$/.exec(type) ?? [undefined, type, "0"];
  if (name && !Object.hasOwn(TYPES, name)) return undefined;
  if (version === "0" || !(Number(version) <= TYPES[name])) {
    throw new NotUnderstood(`the type ${type} is newer than this program, or none`);
  }
  let data;
  try {
    data = JSON.parse(record.value).data;
    // All that is used, so that a bad record is noticed before anything is done.
    const wanted = [record.key, data.seller, data.reference, data.standing.state];
    if (name === "casecore.case.effort_recorded") wanted.push(data.minutes);
    if (wanted.includes(undefined) || wanted.includes(null)) throw new Error("it lacks its key, or a value");
  } catch (bad) {
    throw new NotUnderstood(`a bad record: ${bad.message}`);
  }
  return { name, data };
}

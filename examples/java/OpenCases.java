import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * What is done with each record: the part that you replace by your own.
 *
 * <p>It keeps in SQLite how many cases are open with each seller at each level, and the minutes spent there.
 */
final class OpenCases {
    /** The types that are read, by their names without version, and the newest version understood of each. */
    private static final Map<String, Integer> TYPES = Map.ofEntries(
            Map.entry("casecore.case.opened", 1),
            Map.entry("casecore.case.taken", 1),
            Map.entry("casecore.case.escalated", 1),
            Map.entry("casecore.case.handed_back", 1),
            Map.entry("casecore.case.reclassified", 1),
            Map.entry("casecore.case.resolved", 1),
            Map.entry("casecore.case.reopened", 1),
            Map.entry("casecore.case.closed", 1),
            Map.entry("casecore.case.cancelled", 1),
            Map.entry("casecore.case.effort_recorded", 1));

    /** A state that is new counts as one of a case at work, and a level that is new is kept as it is. */
    private static final Set<String> NOT_OPEN = Set.of("resolved", "closed", "cancelled");

    private static final String EFFORT = "casecore.case.effort_recorded";
    private static final List<String> TABLES = List.of(
            "create table if not exists open_cases (case_id text primary key, reference text, seller text, level text)",
            "create table if not exists efforts (seller text, level text, minutes integer, primary key (seller, level))",
            "create table if not exists offsets (topic text, partition integer, next integer, primary key (topic, partition))",
            "create table if not exists dealt_with (id text primary key)",
            "create table if not exists set_aside (topic text, partition integer, offset integer, key blob, reason text,"
                    + " headers text, value blob, primary key (topic, partition, offset))");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A record that must not be skipped, and cannot be dealt with yet. */
    private static final class NotUnderstood extends Exception {
        NotUnderstood(String reason) {
            super(reason);
        }
    }

    private record Read(String name, JsonNode data) {}

    private final Connection database;
    private final Instant since;

    /** {@code since} leaves out what was recorded before; null leaves out nothing. */
    OpenCases(String path, Instant since) throws SQLException {
        this.database = DriverManager.getConnection("jdbc:sqlite:" + path);
        this.since = since;
        run("pragma busy_timeout = 30000");
        for (String table : TABLES) {
            run(table);
        }
        database.setAutoCommit(false);
        takeUpAgain(); // perhaps this program was updated meanwhile
    }

    /** Everything since the last commit becomes lasting, or, where the program ends before, nothing of it. */
    void commit() throws SQLException {
        database.commit();
    }

    /** Notes the event's id; false where it was noted before. */
    boolean isFirstTime(ConsumerRecord<byte[], byte[]> record) throws SQLException {
        String id = header(record, "ce_id");
        return id == null || run("insert into dealt_with (id) values (?) on conflict do nothing", id) == 1;
    }

    /** The offset at which to go on; {@code first} where there is none yet. */
    long keptOffset(String topic, int partition, long first) throws SQLException {
        run("insert into offsets values (?, ?, ?) on conflict do nothing", topic, partition, first);
        commit();
        try (PreparedStatement kept = prepared("select next from offsets where topic = ? and partition = ?", topic, partition);
                ResultSet found = kept.executeQuery()) {
            return found.getLong(1);
        }
    }

    /** Notes where to go on; a second instance on this database notices it here. */
    void keepOffset(String topic, int partition, long readFrom, long goOn) throws SQLException {
        String moved = "update offsets set next = ? where topic = ? and partition = ? and next <= ?";
        if (run(moved, goOn, topic, partition, readFrom) != 1) {
            throw new IllegalStateException("another instance keeps its offsets in this database");
        }
    }

    /** Does what follows from a record, or sets it aside with its reason. */
    void dealWith(ConsumerRecord<byte[], byte[]> record) throws SQLException {
        try {
            String recorded = header(record, "ce_recordedtime");
            if (since != null && recorded != null && OffsetDateTime.parse(recorded).toInstant().isBefore(since)) {
                return;
            }
            if (record.key() != null && isSetAside(record.key())) {
                throw new NotUnderstood("an earlier record of its key is set aside");
            }
            apply(record);
        } catch (NotUnderstood | DateTimeException reason) {
            run("insert into set_aside values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing", record.topic(), record.partition(),
                    record.offset(), record.key(), reason.getMessage(), headers(record), record.value());
        }
    }

    private void apply(ConsumerRecord<byte[], byte[]> record) throws SQLException, NotUnderstood {
        Read read = understood(record);
        if (read == null) {
            return;
        }
        JsonNode standing = read.data().get("standing");
        String caseId = new String(record.key(), StandardCharsets.UTF_8);
        String seller = read.data().get("seller").asText();
        String level = standing.path("level").asText("not taken");
        if (read.name().equals(EFFORT)) {
            // What is added up would show an event that was dealt with twice.
            run("insert into efforts values (?, ?, ?) on conflict do update set minutes = minutes + excluded.minutes",
                    seller, level, read.data().get("minutes").asLong());
        } else if (NOT_OPEN.contains(standing.get("state").asText())) {
            run("delete from open_cases where case_id = ?", caseId);
        } else {
            String reference = read.data().get("reference").asText();
            run("insert or replace into open_cases values (?, ?, ?, ?)", caseId, reference, seller, level);
        }
    }

    /** The name of an event's type and its data; null for a type that is not read. */
    private static Read understood(ConsumerRecord<byte[], byte[]> record) throws NotUnderstood {
        String type = header(record, "ce_type") == null ? "" : header(record, "ce_type");
        int dot = type.lastIndexOf(".v");
        String name = dot < 0 ? type : type.substring(0, dot);
        if (!name.isEmpty() && !TYPES.containsKey(name)) {
            return null;
        }
        String version = dot < 0 ? "" : type.substring(dot + 2);
        if (!version.matches("[0-9]{1,4}") || Integer.parseInt(version) > TYPES.getOrDefault(name, 0)) {
            throw new NotUnderstood("the type " + type + " is newer than this program, or none");
        }
        try {
            JsonNode data = JSON.readTree(record.value() == null ? new byte[0] : record.value()).path("data");
            // All that is used, so that a bad record is noticed before anything is done.
            List<String> wanted = new ArrayList<>(List.of("/seller", "/reference", "/standing/state"));
            if (name.equals(EFFORT)) {
                wanted.add("/minutes");
            }
            if (record.key() == null || wanted.stream().anyMatch(path -> !data.at(path).isValueNode() || data.at(path).isNull())) {
                throw new NotUnderstood("a bad record: it lacks its key, or a value");
            }
            return new Read(name, data);
        } catch (IOException bad) {
            throw new NotUnderstood("a bad record: " + bad.getMessage());
        }
    }

    /** Deals with what was set aside, in order, as far as it is understood now. */
    private void takeUpAgain() throws SQLException {
        List<ConsumerRecord<byte[], byte[]>> kept = new ArrayList<>();
        try (PreparedStatement query = prepared("select * from set_aside order by topic, partition, offset");
                ResultSet row = query.executeQuery()) {
            while (row.next()) {
                kept.add(recordOf(row));
            }
        }
        Set<String> waiting = new HashSet<>();
        for (ConsumerRecord<byte[], byte[]> record : kept) {
            String key = record.key() == null ? null : new String(record.key(), StandardCharsets.UTF_8);
            if (waiting.contains(key)) {
                continue;
            }
            try {
                apply(record);
                run("delete from set_aside where topic = ? and partition = ? and offset = ?",
                        record.topic(), record.partition(), record.offset());
                commit();
            } catch (NotUnderstood stillNot) {
                waiting.add(key);
            }
        }
    }

    private static ConsumerRecord<byte[], byte[]> recordOf(ResultSet row) throws SQLException {
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(row.getString("topic"), row.getInt("partition"),
                row.getLong("offset"), row.getBytes("key"), row.getBytes("value"));
        try {
            for (String[] header : JSON.readValue(row.getString("headers"), new TypeReference<String[][]>() {})) {
                record.headers().add(header[0], header[1].getBytes(StandardCharsets.UTF_8));
            }
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
        return record;
    }

    private static String headers(ConsumerRecord<byte[], byte[]> record) {
        List<String[]> named = new ArrayList<>();
        for (Header header : record.headers()) {
            named.add(new String[] {header.key(), text(header)});
        }
        return JSON.valueToTree(named).toString();
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null || header.value() == null ? null : text(header);
    }

    private static String text(Header header) {
        return header.value() == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }

    private boolean isSetAside(byte[] key) throws SQLException {
        try (PreparedStatement query = prepared("select 1 from set_aside where key = ?", key); ResultSet row = query.executeQuery()) {
            return row.next();
        }
    }

    private int run(String statement, Object... values) throws SQLException {
        try (PreparedStatement prepared = prepared(statement, values)) {
            prepared.execute();
            return prepared.getUpdateCount();
        }
    }

    private PreparedStatement prepared(String statement, Object... values) throws SQLException {
        PreparedStatement prepared = database.prepareStatement(statement);
        for (int place = 0; place < values.length; place++) {
            prepared.setObject(place + 1, values[place]);
        }
        return prepared;
    }
}

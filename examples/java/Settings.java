import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What the programs are told: by the environment, so that no password is seen among the processes. */
final class Settings {
    static final String TOPIC = of("TOPIC", "casecore.cases");
    static final String DATABASE = of("DATABASE", "open-cases.db");

    /** From which day or instant on, by {@code recorded_at}; null, unless it is set, for zero. */
    static final Instant SINCE = since(of("FROM", ""));

    private Settings() {}

    static String of(String name, String otherwise) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? otherwise : value;
    }

    static KafkaConsumer<byte[], byte[]> newConsumer(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("bootstrap.servers", of("KAFKA_BOOTSTRAP", ""));
        settings.put("isolation.level", "read_committed");
        settings.put("enable.auto.commit", false);
        settings.put("auto.offset.reset", "none"); // an offset that is lost ends the program, and skips nothing
        if (!of("KAFKA_USER", "").isEmpty()) {
            settings.put("security.protocol", "SASL_PLAINTEXT");
            settings.put("sasl.mechanism", "SCRAM-SHA-512");
            settings.put("sasl.jaas.config", "org.apache.kafka.common.security.scram.ScramLoginModule required username=\""
                    + of("KAFKA_USER", "") + "\" password=\"" + of("KAFKA_PASSWORD", "") + "\";");
        }
        // Bytes: a deserializer that fails would stop the partition.
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    static List<TopicPartition> partitions(KafkaConsumer<byte[], byte[]> consumer) {
        return consumer.partitionsFor(TOPIC).stream().map(one -> new TopicPartition(TOPIC, one.partition())).toList();
    }

    /**
     * Where to begin.
     *
     * <p>A record's own timestamp says when it was published, which is after it was recorded. The hour is for two
     * clocks that differ. What was recorded before is left out by the header ce_recordedtime.
     */
    static Map<TopicPartition, Long> firstOffsets(
            KafkaConsumer<byte[], byte[]> consumer, Collection<TopicPartition> partitions) {
        if (SINCE == null) {
            return consumer.beginningOffsets(partitions);
        }
        Map<TopicPartition, Long> asked = new HashMap<>();
        partitions.forEach(one -> asked.put(one, SINCE.minus(Duration.ofHours(1)).toEpochMilli()));
        Map<TopicPartition, Long> firsts = new HashMap<>(consumer.endOffsets(partitions));
        for (Map.Entry<TopicPartition, OffsetAndTimestamp> found : consumer.offsetsForTimes(asked).entrySet()) {
            if (found.getValue() != null) {
                firsts.put(found.getKey(), found.getValue().offset());
            }
        }
        return firsts;
    }

    private static Instant since(String given) {
        if (given.isEmpty()) {
            return null;
        }
        boolean isDay = given.length() == "2026-03-02".length();
        return isDay ? LocalDate.parse(given).atStartOfDay(ZoneOffset.UTC).toInstant() : OffsetDateTime.parse(given).toInstant();
    }
}

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** kafka-clients, idempotent by id: offsets are the group's, and an event that comes again is recognised. */
final class ById {
    public static void main(String[] arguments) throws Exception {
        OpenCases cases = new OpenCases(Settings.DATABASE, Settings.SINCE);
        Map<String, Object> membership = Map.of(
                "group.id", Settings.of("GROUP", "open-cases"),
                // The name of this instance: one that is started again takes over from itself at once.
                "group.instance.id", Settings.of("INSTANCE", "1"));
        try (KafkaConsumer<byte[], byte[]> consumer = Settings.newConsumer(membership)) {
            begin(consumer);
            consumer.subscribe(List.of(Settings.TOPIC)); // several instances share the partitions
            while (true) {
                ConsumerRecords<byte[], byte[]> polled = consumer.poll(Duration.ofSeconds(1));
                for (ConsumerRecord<byte[], byte[]> record : polled) {
                    if (cases.isFirstTime(record)) {
                        cases.dealWith(record);
                    }
                }
                cases.commit();
                if (!polled.isEmpty()) {
                    consumer.commitSync(); // only now; killed before it, this program reads the same again
                }
            }
        }
    }

    /** Gives the group a place in each partition in which it has none yet. */
    private static void begin(KafkaConsumer<byte[], byte[]> consumer) {
        List<TopicPartition> partitions = Settings.partitions(consumer);
        List<TopicPartition> fresh = partitions.stream()
                .filter(one -> consumer.committed(new HashSet<>(partitions)).get(one) == null)
                .toList();
        if (!fresh.isEmpty()) {
            Map<TopicPartition, OffsetAndMetadata> places = new HashMap<>();
            Settings.firstOffsets(consumer, fresh).forEach((at, offset) -> places.put(at, new OffsetAndMetadata(offset)));
            consumer.assign(fresh);
            consumer.commitSync(places);
            consumer.unsubscribe();
        }
    }
}

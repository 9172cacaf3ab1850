import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** kafka-clients, with results and offsets in one transaction of the database: each event counts once. */
final class Transaction {
    public static void main(String[] arguments) throws Exception {
        OpenCases cases = new OpenCases(Settings.DATABASE, Settings.SINCE);
        try (KafkaConsumer<byte[], byte[]> consumer = Settings.newConsumer(Map.of())) {
            // No group: this program has all partitions, and its database says from where on.
            List<TopicPartition> partitions = Settings.partitions(consumer);
            consumer.assign(partitions);
            for (Map.Entry<TopicPartition, Long> first : Settings.firstOffsets(consumer, partitions).entrySet()) {
                TopicPartition at = first.getKey();
                consumer.seek(at, cases.keptOffset(at.topic(), at.partition(), first.getValue()));
            }
            while (true) {
                ConsumerRecords<byte[], byte[]> polled = consumer.poll(Duration.ofSeconds(1));
                for (TopicPartition at : polled.partitions()) {
                    List<ConsumerRecord<byte[], byte[]>> records = polled.records(at);
                    for (ConsumerRecord<byte[], byte[]> record : records) {
                        cases.dealWith(record);
                    }
                    long last = records.get(records.size() - 1).offset();
                    cases.keepOffset(at.topic(), at.partition(), records.get(0).offset(), last + 1);
                    cases.commit();
                }
            }
        }
    }
}

// The same two hops in Kafka Streams: a reduced job, for it cannot call rules that are written in Python.
//
// Hop 1: JSON, required fields, the day, the country by a table, one of each identity. Hop 2: counts a day, group and
// country, and an alert when a group first appears in a country. Exactly once (v2), stores in memory with changelogs,
// which it restores at start. Arguments: bootstrap, prefix, state folder, table of countries.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

public final class KafkaStreamsContender {
    private static final ObjectMapper JSON = new ObjectMapper();

    private record Place(String code, String region) {}

    private static final class Intake implements Processor<byte[], byte[], byte[], byte[]> {
        private final Map<String, Place> places;
        private ProcessorContext<byte[], byte[]> context;
        private KeyValueStore<String, byte[]> versions;

        Intake(Map<String, Place> places) {
            this.places = places;
        }

        @Override
        public void init(ProcessorContext<byte[], byte[]> context) {
            this.context = context;
            versions = context.getStateStore("versions");
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            ObjectNode evidence;
            try {
                evidence = read(record.value());
            } catch (Exception refusal) {
                ObjectNode rejection = JSON.createObjectNode();
                rejection.put("detail", String.valueOf(refusal.getMessage()));
                rejection.put("original", record.value());
                context.forward(record.withValue(bytes(rejection)), "rejected");
                return;
            }
            String identity = evidence.get("source").asText() + "/" + evidence.get("id").asText();
            if (versions.get(identity) != null) {
                return;
            }
            evidence.put("arrived", record.timestamp());
            byte[] value = bytes(evidence);
            versions.put(identity, value);
            byte[] region = evidence.get("region").asText().getBytes(StandardCharsets.UTF_8);
            context.forward(record.withKey(region).withValue(value), "evidence");
        }

        private ObjectNode read(byte[] value) throws Exception {
            if (!(JSON.readTree(value) instanceof ObjectNode sighting)) {
                throw new IllegalArgumentException("a sighting is an object");
            }
            for (String name : new String[] {"source", "id", "group", "country", "occurred"}) {
                if (!sighting.path(name).isTextual()) {
                    throw new IllegalArgumentException(name + " is missing");
                }
            }
            LocalDate.parse(sighting.get("occurred").asText());
            Place place = places.get(sighting.get("country").asText());
            if (place == null) {
                throw new IllegalArgumentException("no such country");
            }
            return sighting.put("country", place.code()).put("region", place.region());
        }
    }

    private static final class Presence implements Processor<byte[], byte[], byte[], byte[]> {
        private ProcessorContext<byte[], byte[]> context;
        private KeyValueStore<String, Long> activity;
        private KeyValueStore<String, byte[]> presence;

        @Override
        public void init(ProcessorContext<byte[], byte[]> context) {
            this.context = context;
            activity = context.getStateStore("activity");
            presence = context.getStateStore("presence");
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            JsonNode evidence;
            try {
                evidence = JSON.readTree(record.value());
            } catch (Exception defect) {
                throw new IllegalStateException(defect);
            }
            String pair = evidence.get("group").asText() + "|" + evidence.get("country").asText();
            String day = pair + "|" + evidence.get("occurred").asText();
            Long count = activity.get(day);
            activity.put(day, count == null ? 1L : count + 1L);
            if (presence.get(pair) != null) {
                return;
            }
            ObjectNode alert = JSON.createObjectNode();
            alert.put("alert_id", pair).set("sighting", evidence);
            presence.put(pair, record.value());
            context.forward(record.withKey(pair.getBytes(StandardCharsets.UTF_8)).withValue(bytes(alert)));
        }
    }

    private static byte[] bytes(JsonNode node) {
        try {
            return JSON.writeValueAsBytes(node);
        } catch (Exception defect) {
            throw new IllegalStateException(defect);
        }
    }

    private static StoreBuilder<KeyValueStore<String, byte[]>> rows(String name) {
        return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), Serdes.String(), Serdes.ByteArray());
    }

    public static void main(String[] arguments) throws Exception {
        String prefix = arguments[1];
        Map<String, Place> places = new HashMap<>();
        for (String line : Files.readAllLines(Path.of(arguments[3]))) {
            String[] columns = line.split("\t");
            places.put(columns[0], new Place(columns[1], columns[2]));
        }
        Topology topology = new Topology();
        topology.addSource("sightings", prefix + ".sightings.v1")
                .addProcessor("intake", () -> new Intake(places), "sightings")
                .addStateStore(rows("versions"), "intake")
                .addSink("rejected", prefix + ".rejected.v1", "intake")
                .addSink("evidence", prefix + ".evidence.v1", "intake")
                .addSource("changes", prefix + ".evidence.v1")
                .addProcessor("counting", Presence::new, "changes")
                .addStateStore(Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore("activity"), Serdes.String(), Serdes.Long()), "counting")
                .addStateStore(rows("presence"), "counting")
                .addSink("alerts", prefix + ".alerts.v1", "counting");
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, prefix + ".streams");
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments[2]);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
        settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put("auto.offset.reset", "earliest");
        KafkaStreams streams = new KafkaStreams(topology, settings);
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
        Thread.currentThread().join();
    }
}

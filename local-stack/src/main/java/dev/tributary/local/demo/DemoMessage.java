package dev.tributary.local.demo;

import java.util.Optional;

/**
 * One message of the demo.
 *
 * @param topic where it goes
 * @param key its key
 * @param value its bytes; empty is a tombstone
 */
record DemoMessage(String topic, Optional<String> key, Optional<byte[]> value) {}

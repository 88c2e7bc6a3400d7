<?php

declare(strict_types=1);

/*
 * Writes a user with v1, then one with v2, and reads both with either schema:  php evolve.php
 */

require __DIR__.'/lib/lab.php';

use Lab\Registry;
use Lab\Schema;
use RdKafka\KafkaConsumer;
use RdKafka\Message;
use RdKafka\Producer;

$topic = Lab\name('users');
$subject = "$topic-value";
$registry = Registry::fromEnv();
$v1 = file_get_contents(__DIR__.'/v1.avsc');
$v2 = file_get_contents(__DIR__.'/v2.avsc');

$registry->register($subject, $v1);
// The level is for an administrator to set: in the console, or kconsole schema compat --level.
foreach ($registry->objections($subject, $v2) as $why) {
    throw new RuntimeException("v2 is refused: $why");
}

$delivered = 0;
$conf = Lab\conf(['message.timeout.ms' => '15000', 'enable.idempotence' => 'true', 'partitioner' => 'murmur2_random']);
$conf->setDrMsgCb(function ($client, Message $message) use (&$delivered): void {
    $delivered += $message->err === RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : 0;
});
$producer = new Producer($conf);
$into = $producer->newTopic($topic);
$into->produce(RD_KAFKA_PARTITION_UA, 0, $registry->encode($subject, $v1, ['id' => 'u-1', 'email' => 'old@example.com']), 'u-1');
$into->produce(RD_KAFKA_PARTITION_UA, 0, $registry->encode($subject, $v2, ['id' => 'u-2', 'email' => 'new@example.com', 'country' => 'DE']), 'u-2');
$producer->flush(20_000);
if ($delivered !== 2) {
    exit(1);
}

$consumer = new KafkaConsumer(Lab\conf([
    'group.id' => Lab\name('php-readers'),
    'auto.offset.reset' => 'earliest',
    'enable.auto.commit' => 'false',
]));
$consumer->subscribe([$topic]);
$readers = ['v1' => Schema::parse($v1), 'v2' => Schema::parse($v2)];
for ($idle = 0; Lab\running() && $idle < 10; $idle++) {
    $message = $consumer->consume(1000);
    if ($message->err === RD_KAFKA_RESP_ERR__TIMED_OUT) {
        continue;
    }
    if ($message->err !== RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw new RuntimeException($message->errstr(), $message->err);
    }
    $idle = 7; // nothing else is to come: three more seconds
    foreach ($readers as $version => $reader) {
        // The id in the bytes says what wrote it, the reader's schema what we want.
        echo "read with $version: ", json_encode($registry->decode($message->payload, $reader)), "\n";
    }
    $consumer->commit($message);
}
$consumer->close();

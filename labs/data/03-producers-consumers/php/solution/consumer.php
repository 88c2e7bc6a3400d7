<?php

declare(strict_types=1);

/*
 * Reads orders as the group "php" until it has been idle for 10 s, or Ctrl-C:  php consumer.php
 */

require __DIR__.'/lib/lab.php';

use RdKafka\KafkaConsumer;

$consumer = new KafkaConsumer(Lab\conf([
    'group.id' => Lab\name('php'),
    'auto.offset.reset' => 'earliest', // of a group without committed offsets
    'enable.auto.commit' => 'false',   // we commit after the work
]));
$consumer->subscribe([Lab\name('orders')]);

$idle = 0;
while (Lab\running() && $idle < 10) {
    $message = $consumer->consume(1000);
    if ($message->err === RD_KAFKA_RESP_ERR__TIMED_OUT) {
        $idle++;

        continue;
    }
    if ($message->err !== RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw new RuntimeException($message->errstr(), $message->err);
    }
    $idle = 0;
    printf("p%d @%d  %s  %s\n", $message->partition, $message->offset, $message->key ?? '-', $message->payload);
    $consumer->commit($message); // a request to the broker for each record: safe, and slow
}
$consumer->close();

<?php

declare(strict_types=1);

/*
 * Reads orders as the group "php" until it has been idle for 10 s, or Ctrl-C:  php consumer.php
 */

require __DIR__.'/lib/lab.php';

use RdKafka\KafkaConsumer;

$consumer = new KafkaConsumer(Lab\conf([
    'group.id' => Lab\name('php'),
    // TODO: a new group has no committed offsets. Where shall it start?
    // TODO: commit yourself, after the work: switch the automatic commit off.
]));
$consumer->subscribe([Lab\name('orders')]);

$idle = 0;
while (Lab\running() && $idle < 10) {
    $message = $consumer->consume(1000);
    if ($message->err === RD_KAFKA_RESP_ERR__TIMED_OUT) {
        $idle++;

        continue;
    }
    // TODO: anything else in $message->err is an error: throw it.
    // TODO: print partition, offset, key and value; then commit the message.
}
// TODO: leave the group, so that its partitions are free at once.

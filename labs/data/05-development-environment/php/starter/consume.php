<?php

declare(strict_types=1);

/*
 * Logs the events, until it has been idle for 10 s, or Ctrl-C:  php consume.php
 *
 * As it stands it shows nothing, although the topic has records. Why?
 */

require __DIR__.'/lib/lab.php';

use RdKafka\KafkaConsumer;

$consumer = new KafkaConsumer(Lab\conf([
    'group.id' => Lab\name('php-log'),
    'enable.auto.commit' => 'false',
    // TODO: where does a group start that has never committed?
]));
$consumer->subscribe([Lab\name('users')]);

for ($idle = 0; Lab\running() && $idle < 10; $idle++) {
    $message = $consumer->consume(1000);
    if ($message->err === RD_KAFKA_RESP_ERR__TIMED_OUT) {
        continue;
    }
    if ($message->err !== RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw new RuntimeException($message->errstr(), $message->err);
    }
    $idle = 0;
    // TODO: decode the value (Lab\Registry), log it as one line, commit.
}
$consumer->close();

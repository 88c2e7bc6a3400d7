<?php

declare(strict_types=1);

/*
 * Logs the events, until it has been idle for 10 s, or Ctrl-C:  php consume.php
 */

require __DIR__.'/lib/lab.php';

use Lab\Registry;
use RdKafka\KafkaConsumer;

$registry = Registry::fromEnv();
$consumer = new KafkaConsumer(Lab\conf([
    'group.id' => Lab\name('php-log'),
    'enable.auto.commit' => 'false',
    'auto.offset.reset' => 'earliest', // the default, latest, shows only what comes from now on
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
    $event = $registry->decode($message->payload);
    printf("%s registered %s (p%d @%d)\n", $event['id'], $event['email'], $message->partition, $message->offset);
    $consumer->commit($message);
}
$consumer->close();

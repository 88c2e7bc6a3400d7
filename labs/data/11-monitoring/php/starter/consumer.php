<?php

declare(strict_types=1);

/*
 * Books what a load test writes, until it has been idle for 10 s, or Ctrl-C:  php consumer.php
 *
 * At 500 records a second its lag grows: it commits each record and writes each
 * row in a transaction of its own. Keep the lag under 1,000 for a minute.
 */

require __DIR__.'/lib/lab.php';

use RdKafka\KafkaConsumer;

$db = new PDO(Lab\env('DB_DSN', 'sqlite:'.__DIR__.'/lab.sqlite'));
$db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$db->exec('CREATE TABLE IF NOT EXISTS seen (topic TEXT, part INTEGER, position INTEGER, bytes INTEGER, PRIMARY KEY (topic, part, position))');

$consumer = new KafkaConsumer(Lab\conf([
    'group.id' => Lab\name('php-load'),
    'auto.offset.reset' => 'earliest',
    'enable.auto.commit' => 'false',
]));
$consumer->subscribe([Lab\name('load')]);

for ($idle = 0; Lab\running() && $idle < 10; $idle++) {
    $message = $consumer->consume(1000);
    if ($message->err === RD_KAFKA_RESP_ERR__TIMED_OUT) {
        continue;
    }
    if ($message->err !== RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw new RuntimeException($message->errstr(), $message->err);
    }
    $idle = 0;
    // TODO: collect records, up to 500 or for up to 200 ms. Then one transaction with one
    //       prepared statement for all of them, and after it one commit of the last offsets.
    $db->prepare('INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?)')
        ->execute([$message->topic_name, $message->partition, $message->offset, strlen($message->payload ?? '')]);
    $consumer->commit($message);
}
$consumer->close();

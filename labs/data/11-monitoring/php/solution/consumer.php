<?php

declare(strict_types=1);

/*
 * Books what a load test writes, until it has been idle for 10 s, or Ctrl-C:  php consumer.php
 *
 * In batches: one transaction and one commit for up to 500 records.
 */

require __DIR__.'/lib/lab.php';

use RdKafka\KafkaConsumer;
use RdKafka\Message;
use RdKafka\TopicPartition;

$db = new PDO(Lab\env('DB_DSN', 'sqlite:'.__DIR__.'/lab.sqlite'));
$db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$db->exec('CREATE TABLE IF NOT EXISTS seen (topic TEXT, part INTEGER, position INTEGER, bytes INTEGER, PRIMARY KEY (topic, part, position))');
$insert = $db->prepare('INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?)');

$consumer = new KafkaConsumer(Lab\conf([
    'group.id' => Lab\name('php-load'),
    'auto.offset.reset' => 'earliest',
    'enable.auto.commit' => 'false',
]));
$consumer->subscribe([Lab\name('load')]);

/**
 * The next records: up to 500, or those that come within 200 ms.
 *
 * @return list<Message>
 */
function batch(KafkaConsumer $consumer): array
{
    $batch = [];
    $until = hrtime(true) + 200_000_000;
    while (count($batch) < 500 && ($left = $until - hrtime(true)) > 0) {
        $message = $consumer->consume((int) ceil($left / 1_000_000));
        if ($message->err === RD_KAFKA_RESP_ERR__TIMED_OUT) {
            break;
        }
        if ($message->err !== RD_KAFKA_RESP_ERR_NO_ERROR) {
            throw new RuntimeException($message->errstr(), $message->err);
        }
        $batch[] = $message;
    }

    return $batch;
}

for ($idle = hrtime(true); Lab\running() && hrtime(true) - $idle < 10_000_000_000; ) {
    $messages = batch($consumer);
    if ($messages === []) {
        continue;
    }
    $idle = hrtime(true);
    $next = [];
    $db->beginTransaction();
    foreach ($messages as $m) {
        $insert->execute([$m->topic_name, $m->partition, $m->offset, strlen($m->payload ?? '')]);
        $next["$m->topic_name/$m->partition"] = new TopicPartition($m->topic_name, $m->partition, $m->offset + 1);
    }
    $db->commit();                            // first the work …
    $consumer->commit(array_values($next));   // … then the offsets: the next to read, of each partition
}
$consumer->close();
printf("%d records booked\n", $db->query('SELECT COUNT(*) FROM seen')->fetchColumn());

<?php

declare(strict_types=1);

/*
 * Writes one event in Avro:  php produce.php ada@example.com
 */

require __DIR__.'/lib/lab.php';

use Lab\Registry;
use RdKafka\Message;
use RdKafka\Producer;

$topic = Lab\name('users');
$event = ['id' => 'u-'.bin2hex(random_bytes(4)), 'email' => $argv[1] ?? 'ada@example.com', 'registered' => (int) (microtime(true) * 1000)];

$value = Registry::fromEnv()->encode("$topic-value", file_get_contents(__DIR__.'/user.avsc'), $event);

$delivered = false;
$conf = Lab\conf(['message.timeout.ms' => '10000', 'enable.idempotence' => 'true', 'partitioner' => 'murmur2_random']);
$conf->setDrMsgCb(function ($client, Message $message) use (&$delivered): void {
    $delivered = $message->err === RD_KAFKA_RESP_ERR_NO_ERROR;
    echo $delivered ? "p$message->partition @$message->offset\n" : rd_kafka_err2str($message->err)."\n";
});
$producer = new Producer($conf);
$producer->newTopic($topic)->produce(RD_KAFKA_PARTITION_UA, 0, $value, $event['id']);
$producer->flush(12_000);
exit($delivered ? 0 : 1);

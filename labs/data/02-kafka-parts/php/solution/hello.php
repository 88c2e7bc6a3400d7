<?php

declare(strict_types=1);

/*
 * Sends one message and says where it went:
 *
 *   php hello.php host                                       on this machine
 *   docker compose run --rm php php hello.php container      in a container
 *
 * In a container 127.0.0.1 is the container itself. compose.yaml here shares
 * the host's network, which works on Linux; elsewhere the brokers need a
 * listener that advertises an address which containers can reach.
 */

require __DIR__.'/lib/lab.php';

use RdKafka\Message;
use RdKafka\Producer;

$from = $argv[1] ?? 'host';
$conf = Lab\conf(['message.timeout.ms' => '10000']);
$delivered = false;
$conf->setDrMsgCb(function ($client, Message $message) use (&$delivered): void {
    $delivered = $message->err === RD_KAFKA_RESP_ERR_NO_ERROR;
    echo $delivered
        ? "delivered: partition $message->partition, offset $message->offset\n"
        : 'not delivered: '.rd_kafka_err2str($message->err)."\n";
});

$producer = new Producer($conf);
$producer->newTopic(Lab\name('hello'))->produce(RD_KAFKA_PARTITION_UA, 0, "hello from $from", $from);
$producer->flush(12_000);
exit($delivered ? 0 : 1);

<?php

declare(strict_types=1);

/*
 * The loyalty service: one record of points for each order, until Ctrl-C or until
 * it has been idle for 30 s:
 *
 *   php loyalty.php
 *
 * Delivery is at least once, and the topic may be replayed. Still exactly one output an order.
 */

require __DIR__.'/lib/lab.php';
require __DIR__.'/PointsLedger.php';

use Lab\Registry;
use RdKafka\KafkaConsumer;
use RdKafka\Message;
use RdKafka\Producer;

const INPUT = 'orders';
const OUTPUT = 'loyalty';

/**
 * Calls $each for every record of a topic until none has come for $idle seconds.
 *
 * @param callable(Message, KafkaConsumer): void $each
 */
function read(string $topic, string $group, int $idle, callable $each): void
{
    $consumer = new KafkaConsumer(Lab\conf([
        'group.id' => $group,
        'auto.offset.reset' => 'earliest', // the past counts, too
        'enable.auto.commit' => 'false',
    ]));
    $consumer->subscribe([$topic]);
    try {
        for ($i = 0; Lab\running() && $i < $idle; $i++) {
            $message = $consumer->consume(1000);
            if ($message->err === RD_KAFKA_RESP_ERR__TIMED_OUT) {
                continue;
            }
            if ($message->err !== RD_KAFKA_RESP_ERR_NO_ERROR) {
                throw new RuntimeException($message->errstr(), $message->err);
            }
            $i = 0;
            $each($message, $consumer);
        }
    } finally {
        $consumer->close();
    }
}

$registry = Registry::fromEnv();
$schema = file_get_contents(__DIR__.'/loyalty.avsc');
$ledger = new PointsLedger(Lab\env('DB_DSN', 'sqlite:'.__DIR__.'/lab.sqlite'));
$output = Lab\name(OUTPUT);

if ($ledger->isUnsure()) {
    // We ended between sending and noting it. What arrived is in the topic.
    read($output, Lab\name('loyalty-recovery'), 10, fn (Message $m) => $ledger->sent($m->key));
}

$conf = Lab\conf(['enable.idempotence' => 'true', 'message.timeout.ms' => '60000', 'partitioner' => 'murmur2_random']);
$conf->setDrMsgCb(function ($client, Message $message) use ($ledger): void {
    if ($message->err === RD_KAFKA_RESP_ERR_NO_ERROR) {
        $ledger->sent($message->key);
    }
});
$producer = new Producer($conf);
$into = $producer->newTopic($output);
// The contract stands before the first record does.
$registry->register("$output-value", $schema);

$idle = (int) ($argv[1] ?? 30);
read(Lab\name(INPUT), Lab\name('loyalty'), $idle, function (Message $message, KafkaConsumer $consumer) use ($registry, $schema, $ledger, $producer, $into, $output): void {
    $order = $registry->decode($message->payload);
    $id = $order['order'];
    if ($ledger->claim($id)) {
        $into->producev(RD_KAFKA_PARTITION_UA, 0, $registry->encode("$output-value", $schema, [
            'order' => $id,
            'customer' => $order['customer'],
            'points' => intdiv($order['cents'], 100), // one a whole euro
            'at' => (int) (microtime(true) * 1000),
        ]), $id, ['id' => "loyalty:$id"]);
        $producer->flush(65_000);
        if (! $ledger->isSent($id)) {
            throw new RuntimeException("the points of $id were not delivered"); // not committed: comes again
        }
        echo "$id has its points\n";
    }
    $consumer->commit($message);
});

<?php

declare(strict_types=1);

/*
 * Writes 500 numbered records while a broker stops and starts:  php loop.php
 *
 * None is missing, none is there twice.
 */

require __DIR__.'/lib/lab.php';

use RdKafka\Message;
use RdKafka\Producer;

$acknowledged = [];
$conf = Lab\conf([
    'enable.idempotence' => 'true',   // implies acks=all; the broker drops what it has already
    'message.timeout.ms' => '120000', // longer than any failover
    'partitioner' => 'murmur2_random',
]);
$conf->setDrMsgCb(function ($client, Message $message) use (&$acknowledged): void {
    if ($message->err === RD_KAFKA_RESP_ERR_NO_ERROR) {
        $acknowledged[$message->key] = true;
    } else {
        // We do not know whether it is there, and to send it again could write it twice.
        fwrite(STDERR, "$message->key: ".rd_kafka_err2str($message->err)."\n");
    }
});

$producer = new Producer($conf);
$topic = $producer->newTopic(Lab\name('payments'));
$pause = (int) ($argv[1] ?? 40); // ms between two records: some 20 s in all, to stop a broker meanwhile
for ($i = 1; $i <= 500; $i++) {
    $topic->produce(RD_KAFKA_PARTITION_UA, 0, json_encode(['payment' => $i]), "pay-$i");
    $until = hrtime(true) + $pause * 1_000_000;
    do {
        $producer->poll((int) max(0, ($until - hrtime(true)) / 1_000_000)); // poll returns at the first report
    } while (hrtime(true) < $until);
}
$producer->flush(125_000);
printf("%d of 500 acknowledged\n", count($acknowledged));
exit(count($acknowledged) === 500 ? 0 : 1);

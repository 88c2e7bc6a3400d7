<?php

declare(strict_types=1);

/*
 * Writes 500 numbered records while a broker stops and starts:  php loop.php
 *
 * None may be missing, none may be there twice. As it stands both happen.
 */

require __DIR__.'/lib/lab.php';

use RdKafka\Message;
use RdKafka\Producer;

$acknowledged = [];
$conf = Lab\conf([
    // TODO: which settings make a retry harmless, wait for all in-sync replicas,
    //       and leave time for a failover?
    'acks' => '1',
    'message.timeout.ms' => '1000',
]);
$conf->setDrMsgCb(function ($client, Message $message) use (&$acknowledged): void {
    if ($message->err === RD_KAFKA_RESP_ERR_NO_ERROR) {
        $acknowledged[$message->key] = true;
    }
    // TODO: and if not? Producing it again by yourself may write it twice.
});

$producer = new Producer($conf);
$topic = $producer->newTopic(Lab\name('payments'));
for ($i = 1; $i <= 500; $i++) {
    $topic->produce(RD_KAFKA_PARTITION_UA, 0, json_encode(['payment' => $i]), "pay-$i");
    $producer->poll(40); // some 20 s in all: stop a broker meanwhile
}
// TODO: flush, until everything is decided.
printf("%d of 500 acknowledged\n", count($acknowledged));

<?php

declare(strict_types=1);

/*
 * Sends 20 orders of five customers:  php producer.php
 */

require __DIR__.'/lib/lab.php';

use RdKafka\Message;
use RdKafka\Producer;

$arrived = 0;
$conf = Lab\conf([
    'message.timeout.ms' => '10000',
    'linger.ms' => '500',
    'partitioner' => 'murmur2_random', // the partition that Java and the console choose, too
]);
$conf->setDrMsgCb(function ($client, Message $message) use (&$arrived): void {
    if ($message->err === RD_KAFKA_RESP_ERR_NO_ERROR) {
        $arrived++;
    } else {
        fwrite(STDERR, 'not delivered: '.rd_kafka_err2str($message->err)."\n");
    }
});

$producer = new Producer($conf);
$topic = $producer->newTopic(Lab\name('orders'));
for ($i = 1; $i <= 20; $i++) {
    $customer = 'c-'.($i % 5);
    $value = json_encode(['order' => "o-$i", 'customer' => $customer], JSON_THROW_ON_ERROR);
    $topic->produce(RD_KAFKA_PARTITION_UA, 0, $value, $customer);
    $producer->poll(0); // serves the delivery reports as we go
}
$producer->flush(15_000);
echo "$arrived of 20 arrived\n";
exit($arrived === 20 ? 0 : 1);

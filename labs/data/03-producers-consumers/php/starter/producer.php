<?php

declare(strict_types=1);

/*
 * Sends 20 orders of five customers:  php producer.php
 *
 * As it stands, hardly any arrives: produce() only fills a buffer, and the
 * process ends before it is sent. Count them in the console, then complete it.
 */

require __DIR__.'/lib/lab.php';

use RdKafka\Producer;

$producer = new Producer(Lab\conf(['message.timeout.ms' => '10000', 'linger.ms' => '500']));
$topic = $producer->newTopic(Lab\name('orders'));

for ($i = 1; $i <= 20; $i++) {
    $value = json_encode(['order' => "o-$i", 'customer' => 'c-'.($i % 5)], JSON_THROW_ON_ERROR);
    // TODO: give the customer as key, so that one customer's orders stay in order.
    $topic->produce(RD_KAFKA_PARTITION_UA, 0, $value);
}
// TODO: wait until the buffer is empty, at most 15 s.
// TODO: count by a delivery report callback how many arrived, and exit with 1 if not all did.

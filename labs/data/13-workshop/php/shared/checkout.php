<?php

declare(strict_types=1);

/*
 * The checkout: places orders and waits until each is delivered:
 *
 *   php checkout.php 50
 */

require __DIR__.'/lib/lab.php';

use Lab\Registry;
use RdKafka\Message;
use RdKafka\Producer;

$count = (int) ($argv[1] ?? 50);
$topic = Lab\name('orders');
$schema = file_get_contents(__DIR__.'/order.avsc');
$registry = Registry::fromEnv();
// What may change later is for an administrator to say, before the first version:
//   kconsole schema compat SUBJECT --level BACKWARD_TRANSITIVE

$delivered = 0;
$conf = Lab\conf(['enable.idempotence' => 'true', 'message.timeout.ms' => '60000', 'partitioner' => 'murmur2_random']);
$conf->setDrMsgCb(function ($client, Message $message) use (&$delivered): void {
    $delivered += $message->err === RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : 0;
});
$producer = new Producer($conf);
$into = $producer->newTopic($topic);
$run = bin2hex(random_bytes(3));
for ($i = 1; $i <= $count; $i++) {
    $order = "o-$run-$i";
    $event = [
        'order' => $order, 'customer' => 'c-'.($i % 10), 'items' => [['sku' => 'MUG-KAFKA', 'quantity' => 2, 'cents' => 1250]],
        'cents' => 2500, 'at' => (int) (microtime(true) * 1000),
    ];
    $into->producev(RD_KAFKA_PARTITION_UA, 0, $registry->encode("$topic-value", $schema, $event), $order, ['id' => "order:$order"]);
    $producer->poll(0);
}
$producer->flush(65_000);
echo "$delivered of $count orders placed\n";
exit($delivered === $count ? 0 : 1);

<?php

declare(strict_types=1);

/*
 * Writes orders in Avro and accounts for each of them:  php producer.php 1000
 */

require __DIR__.'/lib/lab.php';

use Lab\Registry;
use RdKafka\Conf;
use RdKafka\Producer;

final class OrderPublisher
{
    /** @var array<string, string> order id => why it was not delivered */
    public array $failed = [];

    public int $delivered = 0;

    private readonly Producer $producer;

    public function __construct(Conf $conf, private readonly Registry $registry, private readonly string $topic)
    {
        // TODO: setDrMsgCb: count what was delivered, note what was not, and why.
        $this->producer = new Producer($conf);
    }

    /** @param array{id: string, customer: string, cents: int, payment: string, placed: int} $order */
    public function publish(array $order): void
    {
        // TODO: the value in Avro (order.avsc, subject "{$this->topic}-value"),
        //       the customer as key, the order's id in the header 'id'.
        // TODO: poll(0), so that delivery reports are served as we go. If the local queue is
        //       full, produce() throws RD_KAFKA_RESP_ERR__QUEUE_FULL: poll a while, try again.
    }

    /** Waits until each record is delivered or has failed. */
    public function finish(): void
    {
        // TODO: flush, long enough for message.timeout.ms to end what cannot be delivered.
    }
}

$publisher = new OrderPublisher(Lab\conf([
    // TODO: idempotence, message.timeout.ms, linger.ms, compression,
    //       and the partitioner that Java uses: the default is another hash.
]), Registry::fromEnv(), Lab\name('orders'));
$count = (int) ($argv[1] ?? 1000);
for ($i = 1; $i <= $count; $i++) {
    $publisher->publish([
        'id' => "o-$i", 'customer' => 'c-'.($i % 100), 'cents' => 500 + $i * 101 % 20_000,
        'payment' => ['CARD', 'INVOICE', 'PAYPAL'][$i % 3], 'placed' => (int) (microtime(true) * 1000),
    ]);
}
$publisher->finish();
printf("%d delivered, %d failed\n", $publisher->delivered, count($publisher->failed));
exit($publisher->delivered === $count ? 0 : 1);

<?php

declare(strict_types=1);

/*
 * Writes orders in Avro and accounts for each of them:  php producer.php 1000
 */

require __DIR__.'/lib/lab.php';

use Lab\Registry;
use RdKafka\Conf;
use RdKafka\Message;
use RdKafka\Producer;
use RdKafka\ProducerTopic;

final class OrderPublisher
{
    /** @var array<string, string> order id => why it was not delivered */
    public array $failed = [];

    public int $delivered = 0;

    private readonly Producer $producer;

    private readonly ProducerTopic $into;

    private readonly string $schema;

    public function __construct(Conf $conf, private readonly Registry $registry, private readonly string $topic)
    {
        $conf->setDrMsgCb(function ($client, Message $message): void {
            if ($message->err === RD_KAFKA_RESP_ERR_NO_ERROR) {
                $this->delivered++;
            } else {
                $this->failed[$message->headers['id'] ?? '?'] = rd_kafka_err2str($message->err);
            }
        });
        $this->producer = new Producer($conf);
        $this->into = $this->producer->newTopic($topic);
        $this->schema = file_get_contents(__DIR__.'/order.avsc');
    }

    /** @param array{id: string, customer: string, cents: int, payment: string, placed: int} $order */
    public function publish(array $order): void
    {
        $value = $this->registry->encode("$this->topic-value", $this->schema, $order);
        for (;;) {
            try {
                $this->into->producev(RD_KAFKA_PARTITION_UA, 0, $value, $order['customer'], ['id' => $order['id']]);

                break;
            } catch (RdKafka\Exception $e) {
                if ($e->getCode() !== RD_KAFKA_RESP_ERR__QUEUE_FULL) {
                    $this->failed[$order['id']] = $e->getMessage(); // too large for this client, for example

                    break;
                }
                $this->producer->poll(100); // the buffer is full: let some leave
            }
        }
        $this->producer->poll(0);
    }

    /** Waits until each record is delivered or has failed. */
    public function finish(): void
    {
        $this->producer->flush(35_000); // longer than message.timeout.ms: then nothing is left undecided
    }
}

$publisher = new OrderPublisher(Lab\conf([
    'enable.idempotence' => 'true',     // a retry is not a second record
    'message.timeout.ms' => '30000',    // not five minutes
    'linger.ms' => '20',                // wait a little for fuller batches
    'compression.codec' => 'zstd',
    'partitioner' => 'murmur2_random',  // as Java, not CRC32
]), Registry::fromEnv(), Lab\name('orders'));
$count = (int) ($argv[1] ?? 1000);
for ($i = 1; $i <= $count; $i++) {
    $publisher->publish([
        'id' => "o-$i", 'customer' => 'c-'.($i % 100), 'cents' => 500 + $i * 101 % 20_000,
        'payment' => ['CARD', 'INVOICE', 'PAYPAL'][$i % 3], 'placed' => (int) (microtime(true) * 1000),
    ]);
}
$publisher->finish();
foreach ($publisher->failed as $id => $why) {
    fwrite(STDERR, "$id: $why\n");
}
printf("%d delivered, %d failed\n", $publisher->delivered, count($publisher->failed));
exit($publisher->delivered === $count ? 0 : 1);

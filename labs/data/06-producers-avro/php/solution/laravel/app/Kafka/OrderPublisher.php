<?php

declare(strict_types=1);

namespace App\Kafka;

use Junges\Kafka\Producers\Builder;
use RdKafka\Message;

/**
 * Publishes orders and accounts for each of them. Make one a process, and call
 * finish() before you say that something was sent.
 */
final class OrderPublisher
{
    public const TOPIC = 'orders';

    /** @var array<string, string> order => why it was not delivered */
    private array $failed = [];

    private int $delivered = 0;

    private readonly Builder $producer;

    public function __construct(Connection $kafka, Schemas $schemas)
    {
        $this->producer = $kafka->asyncProducer()
            ->withConfigOptions(['linger.ms' => '20', 'compression.codec' => 'zstd'])
            ->withFlushTimeout((int) config('kafka.message_timeout_ms') + 5000)
            ->withDrMsgCb(function ($client, Message $message): void {
                if ($message->err === RD_KAFKA_RESP_ERR_NO_ERROR) {
                    $this->delivered++;
                } else {
                    $this->failed[$message->headers['id'] ?? '?'] = rd_kafka_err2str($message->err);
                }
            })
            ->onTopic(Connection::name(self::TOPIC));
        $this->producer->usingSerializer($schemas->serializer([self::TOPIC => 'order.avsc']));
    }

    /** @param array{id: string, customer: string, cents: int, payment: string, placed: int} $order */
    public function publish(array $order): void
    {
        $this->producer
            ->withKafkaKey($order['customer']) // one customer's orders stay in order
            ->withHeaders(['id' => $order['id']])
            ->withBody($order)
            ->send(); // into the buffer only
    }

    /**
     * Waits until each order is delivered or has failed.
     *
     * @return array{delivered: int, failed: array<string, string>}
     */
    public function finish(): array
    {
        $this->producer->build()->flush();

        return ['delivered' => $this->delivered, 'failed' => $this->failed];
    }
}

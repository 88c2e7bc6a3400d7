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
        // TODO: linger.ms and compression.codec (withConfigOptions), a flush time-out that is longer than
        //       message.timeout.ms, a delivery report callback that counts, and the Avro serializer.
        $this->producer = $kafka->asyncProducer()->onTopic(Connection::name(self::TOPIC));
    }

    /** @param array{id: string, customer: string, cents: int, payment: string, placed: int} $order */
    public function publish(array $order): void
    {
        // TODO: key: the customer. Header 'id': the order. Body: the order. Then send().
    }

    /**
     * Waits until each order is delivered or has failed.
     *
     * @return array{delivered: int, failed: array<string, string>}
     */
    public function finish(): array
    {
        // TODO: $this->producer->build()->flush() empties the buffer.
        return ['delivered' => $this->delivered, 'failed' => $this->failed];
    }
}

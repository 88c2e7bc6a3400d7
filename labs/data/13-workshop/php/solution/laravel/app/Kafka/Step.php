<?php

declare(strict_types=1);

namespace App\Kafka;

use Closure;
use Illuminate\Support\Facades\DB;
use Junges\Kafka\Contracts\ConsumerMessage;
use Junges\Kafka\Contracts\Handler;
use Junges\Kafka\Contracts\MessageConsumer;
use Junges\Kafka\Contracts\MessageProducer;
use RdKafka\Message;
use UnexpectedValueException;

/**
 * What a service does with an event: it decides, publishes the next event, and
 * remembers that it did. An exception sends the record to the dead letters.
 */
final class Step implements Handler
{
    private readonly MessageProducer $producer;

    /** @var array<string, bool> orders whose event was delivered */
    private array $delivered = [];

    /** @param Closure(array<string, mixed>): ?array<string, mixed> $decide the next event's fields; null: it ends here */
    public function __construct(Connection $kafka, Schemas $schemas, private readonly string $service, string $output, string $schema, private readonly Closure $decide)
    {
        $this->producer = $kafka->asyncProducer()
            ->withFlushTimeout((int) config('kafka.message_timeout_ms') + 5000)
            ->withDrMsgCb(function ($client, Message $message): void {
                $this->delivered[$message->key] = $message->err === RD_KAFKA_RESP_ERR_NO_ERROR;
            })
            ->onTopic(Connection::name($output))
            ->usingSerializer($schemas->serializer([$output => $schema]));
    }

    public function __invoke(ConsumerMessage $message, MessageConsumer $consumer): void
    {
        $event = $message->getBody();
        $order = $event['order'] ?? throw new UnexpectedValueException('it names no order');
        $handled = ['service' => $this->service, 'order_id' => $order];
        if (DB::table('handled_events')->where($handled)->doesntExist()) {
            $next = ($this->decide)($event);
            if ($next !== null) {
                $this->publish($order, $next + ['order' => $order, 'at' => now()->getTimestampMs()]);
            }
            DB::table('handled_events')->insertOrIgnore($handled + ['handled_at' => now()]);
        }
        $consumer->commit($message);
    }

    /** @param array<string, mixed> $event */
    private function publish(string $order, array $event): void
    {
        unset($this->delivered[$order]);
        $this->producer->withKafkaKey($order)->withHeaders(['id' => "$this->service:$order"])->withBody($event)->send();
        $this->producer->build()->flush();
        if (! ($this->delivered[$order] ?? false)) {
            // The event is fine, only the cluster is not: no dead letter. End, and have it come again.
            report("$this->service: $order was not delivered");
            exit(1);
        }
        unset($this->delivered[$order]);
    }
}

<?php

declare(strict_types=1);

namespace App\Kafka;

use Illuminate\Support\Facades\DB;
use Junges\Kafka\Contracts\ConsumerMessage;
use Junges\Kafka\Contracts\Handler;
use Junges\Kafka\Contracts\MessageConsumer;
use Junges\Kafka\Contracts\MessageProducer;
use RdKafka\Message;

/**
 * Gives points for an order, once, however often the order comes: the table
 * remembers which orders have theirs.
 */
final class AwardPoints implements Handler
{
    private const OUTPUT = 'loyalty';

    private readonly MessageProducer $producer;

    public function __construct(private readonly Connection $kafka, private readonly Schemas $schemas)
    {
        // One connection for the process; kafka.flush_* bounds how long a flush takes.
        $this->producer = $kafka->asyncProducer()
            ->withFlushTimeout((int) config('kafka.message_timeout_ms') + 5000)
            ->withDrMsgCb(function ($client, Message $message): void {
                if ($message->err === RD_KAFKA_RESP_ERR_NO_ERROR) {
                    $this->noteSent($message->key);
                }
            })
            ->onTopic(Connection::name(self::OUTPUT))
            ->usingSerializer($schemas->serializer([self::OUTPUT => 'loyalty.avsc']));
    }

    public function __invoke(ConsumerMessage $message, MessageConsumer $consumer): void
    {
        $order = $message->getBody();
        $id = $order['order'];
        DB::table('loyalty_points')->insertOrIgnore(['order_id' => $id, 'created_at' => now(), 'updated_at' => now()]);
        if (! $this->isSent($id)) {
            $this->producer
                ->withKafkaKey($id)
                ->withHeaders(['id' => "loyalty:$id"])
                ->withBody([
                    'order' => $id,
                    'customer' => $order['customer'],
                    'points' => intdiv($order['cents'], 100), // one a whole euro
                    'at' => now()->getTimestampMs(),
                ])
                ->send();
            $this->producer->build()->flush();
            if (! $this->isSent($id)) {
                // The order itself is fine: no dead letter. End, and have it come again.
                report("the points of $id were not delivered");
                exit(1);
            }
        }
        $consumer->commit($message);
    }

    /**
     * After a crash between sending and noting it only the topic knows what was sent:
     * read it once. Call before the first order.
     */
    public function recover(): void
    {
        if (! DB::table('loyalty_points')->where('sent', false)->exists()) {
            return;
        }
        $this->kafka->consumer(self::OUTPUT, 'loyalty-recovery')
            ->usingDeserializer($this->schemas->deserializer([self::OUTPUT => 'loyalty.avsc']))
            ->withOption('enable.partition.eof', 'true')
            ->stopAfterLastMessage()
            ->withHandler(fn (ConsumerMessage $message) => $this->noteSent($message->getKey()))
            ->build()
            ->consume();
    }

    private function noteSent(string $order): void
    {
        DB::table('loyalty_points')->updateOrInsert(['order_id' => $order], ['sent' => true, 'updated_at' => now()]);
    }

    private function isSent(string $order): bool
    {
        return DB::table('loyalty_points')->where('order_id', $order)->where('sent', true)->exists();
    }
}

<?php

declare(strict_types=1);

namespace App\Kafka;

use Illuminate\Support\Facades\DB;
use Junges\Kafka\Contracts\ConsumerMessage;
use Junges\Kafka\Contracts\Handler;
use Junges\Kafka\Contracts\MessageConsumer;
use RdKafka\Message;

/**
 * Gives points for an order, once, however often the order comes: the table
 * loyalty_points remembers which orders have theirs.
 */
final class AwardPoints implements Handler
{
    private const OUTPUT = 'loyalty';

    public function __construct(private readonly Connection $kafka, private readonly Schemas $schemas)
    {
        // TODO: one producer for the process ($kafka->asyncProducer()), with the serializer of
        //       loyalty.avsc and a delivery report callback that sets loyalty_points.sent.
    }

    public function __invoke(ConsumerMessage $message, MessageConsumer $consumer): void
    {
        $order = $message->getBody(); // order, customer, cents …
        // TODO: 1. note the order in the table, if it is not there (insertOrIgnore)
        //       2. unless it is marked as sent: produce its points, keyed by the order,
        //          with the header 'id' => "loyalty:ID"; flush; is it marked now? If not, stop.
        //       3. commit the message
    }

    /** After a crash between sending and noting it only the topic knows what was sent. */
    public function recover(): void
    {
        // TODO: if there are orders that are not marked as sent, read the topic loyalty to its end
        //       and mark those that are there.
    }
}

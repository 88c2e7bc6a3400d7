<?php

declare(strict_types=1);

namespace App\Kafka;

use Closure;
use Illuminate\Support\Facades\DB;
use Junges\Kafka\Contracts\ConsumerMessage;
use Junges\Kafka\Contracts\Handler;
use Junges\Kafka\Contracts\MessageConsumer;

/**
 * What a service does with an event: it decides, publishes the next event, and
 * remembers that it did. An exception sends the record to the dead letters.
 */
final class Step implements Handler
{
    /** @param Closure(array<string, mixed>): ?array<string, mixed> $decide the next event's fields; null: it ends here */
    public function __construct(Connection $kafka, Schemas $schemas, private readonly string $service, string $output, string $schema, private readonly Closure $decide)
    {
        // TODO: one producer for the process, with the serializer of $schema and a delivery report callback.
    }

    public function __invoke(ConsumerMessage $message, MessageConsumer $consumer): void
    {
        $event = $message->getBody();
        // TODO: an event that names no order: throw UnexpectedValueException.
        // TODO: skip what is in handled_events already. Else decide, publish the next event with
        //       'order', 'at' and the header 'id' => "SERVICE:ORDER", wait for its delivery, note it.
        // TODO: commit the message.
    }
}

<?php

declare(strict_types=1);

namespace App\Kafka;

use Illuminate\Support\Facades\DB;
use Junges\Kafka\Contracts\ConsumerMessage;
use Junges\Kafka\Contracts\Handler;
use Junges\Kafka\Contracts\MessageConsumer;

/**
 * Books an order: at least once, and twice is once. What throws here goes to the
 * dead-letter topic, by the consumer's withDlq().
 */
final class BookOrder implements Handler
{
    public function __invoke(ConsumerMessage $message, MessageConsumer $consumer): void
    {
        $order = $message->getBody();
        // TODO: a database that restarts comes back: retry() some times, with pauses, for a QueryException.
        // TODO: this books twice what comes twice (see the migration, too).
        DB::table('booked_orders')->insert(['id' => $order['id'], 'customer' => $order['customer'], 'cents' => $order['cents'], 'created_at' => now()]);
        // TODO: commit the message, after the work.
    }
}

<?php

declare(strict_types=1);

namespace App\Kafka;

use Illuminate\Database\QueryException;
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
        // A database that restarts comes back: five attempts, half a second apart.
        retry(5, function () use ($order): void {
            // The order's id is the table's key: the second time changes nothing.
            DB::table('booked_orders')->insertOrIgnore([
                'id' => $order['id'],
                'customer' => $order['customer'],
                'cents' => $order['cents'],
                'created_at' => now(),
            ]);
        }, 500, fn ($e) => $e instanceof QueryException);
        $consumer->commit($message); // after the work, and only then
    }
}

<?php

declare(strict_types=1);

namespace App\Console\Commands;

use App\Kafka\BookOrder;
use App\Kafka\Connection;
use App\Kafka\LogRecord;
use App\Kafka\Schemas;
use Illuminate\Console\Command;

final class BookOrders extends Command
{
    protected $signature = 'kafka-lab:book-orders';

    protected $description = 'Book orders into the database, until it is stopped';

    public function handle(Connection $kafka, Schemas $schemas, BookOrder $book): int
    {
        $kafka->consumer('orders', 'laravel-booking')
            ->usingDeserializer($schemas->deserializer(['orders' => 'order.avsc']))
            // TODO: a record that cannot be read or handled is dropped here. withDlq() keeps it.
            // TODO: log each record: withMiddleware(new LogRecord).
            ->withHandler($book)
            ->build()
            ->consume();

        return self::SUCCESS;
    }
}

<?php

declare(strict_types=1);

namespace App\Console\Commands;

use App\Kafka\Connection;
use App\Kafka\Schemas;
use Illuminate\Console\Command;
use Illuminate\Support\Facades\Log;
use Junges\Kafka\Contracts\ConsumerMessage;
use Junges\Kafka\Contracts\MessageConsumer;

final class LogUsers extends Command
{
    protected $signature = 'kafka-lab:log-users';

    protected $description = 'Log each UserRegistered event, until it is stopped';

    public function handle(Connection $kafka, Schemas $schemas): int
    {
        $kafka->consumer('users', 'laravel-log')
            // TODO: without a deserializer for Avro the body is JSON to the package, and each record fails.
            ->withHandler(function (ConsumerMessage $message, MessageConsumer $consumer): void {
                // TODO: Log::info() with the user's id, partition and offset; then commit the message.
            })
            ->build()
            ->consume();

        return self::SUCCESS;
    }
}

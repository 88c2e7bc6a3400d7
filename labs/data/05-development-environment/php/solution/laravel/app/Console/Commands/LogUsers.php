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
            ->usingDeserializer($schemas->deserializer(['users' => 'user.avsc']))
            ->withHandler(function (ConsumerMessage $message, MessageConsumer $consumer): void {
                $user = $message->getBody();
                Log::info('user registered', [
                    'id' => $user['id'], 'email' => $user['email'],
                    'partition' => $message->getPartition(), 'offset' => $message->getOffset(),
                ]);
                $consumer->commit($message); // after the work
            })
            ->build()
            ->consume();

        return self::SUCCESS;
    }
}

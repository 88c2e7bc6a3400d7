<?php

declare(strict_types=1);

namespace App\Console\Commands;

use App\Kafka\Connection;
use App\Kafka\Schemas;
use Illuminate\Console\Command;
use Illuminate\Support\Str;

final class ProduceUserRegistered extends Command
{
    protected $signature = 'kafka-lab:register {email=ada@example.com}';

    protected $description = 'Write one UserRegistered event in Avro';

    public function handle(Connection $kafka, Schemas $schemas): int
    {
        $user = ['id' => 'u-'.Str::lower(Str::random(8)), 'email' => $this->argument('email'), 'registered' => now()->getTimestampMs()];

        // TODO: $kafka->producer() gives a builder that connects. Give it the topic
        //       Connection::name('users'), the user's id as key, the user as body, and
        //       $schemas->serializer(['users' => 'user.avsc']); then send().
        // TODO: send() says that the queue is empty. Whether the record arrived, only the
        //       delivery report says: withDrMsgCb(). Return self::FAILURE if it did not.

        return self::SUCCESS;
    }
}

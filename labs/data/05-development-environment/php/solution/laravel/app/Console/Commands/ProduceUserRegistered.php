<?php

declare(strict_types=1);

namespace App\Console\Commands;

use App\Kafka\Connection;
use App\Kafka\Schemas;
use Illuminate\Console\Command;
use Illuminate\Support\Str;
use RdKafka\Message;

final class ProduceUserRegistered extends Command
{
    protected $signature = 'kafka-lab:register {email=ada@example.com}';

    protected $description = 'Write one UserRegistered event in Avro';

    public function handle(Connection $kafka, Schemas $schemas): int
    {
        $user = ['id' => 'u-'.Str::lower(Str::random(8)), 'email' => $this->argument('email'), 'registered' => now()->getTimestampMs()];
        $error = RD_KAFKA_RESP_ERR__MSG_TIMED_OUT; // until the delivery report says otherwise

        $kafka->producer()
            ->withDrMsgCb(function ($client, Message $message) use (&$error): void {
                $error = $message->err;
            })
            ->onTopic(Connection::name('users'))
            ->withKafkaKey($user['id'])
            ->withBody($user)
            ->usingSerializer($schemas->serializer(['users' => 'user.avsc']))
            ->send();

        if ($error !== RD_KAFKA_RESP_ERR_NO_ERROR) {
            $this->error('not delivered: '.rd_kafka_err2str($error));

            return self::FAILURE;
        }
        $this->info("{$user['id']} registered");

        return self::SUCCESS;
    }
}

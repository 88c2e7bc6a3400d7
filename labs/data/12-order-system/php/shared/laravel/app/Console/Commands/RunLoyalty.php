<?php

declare(strict_types=1);

namespace App\Console\Commands;

use App\Kafka\AwardPoints;
use App\Kafka\Connection;
use App\Kafka\Schemas;
use Illuminate\Console\Command;

final class RunLoyalty extends Command
{
    protected $signature = 'kafka-lab:loyalty';

    protected $description = 'The loyalty service: exactly one record of points for each order';

    public function handle(Connection $kafka, Schemas $schemas, AwardPoints $award): int
    {
        $award->recover();
        $kafka->consumer('orders', 'loyalty')
            ->usingDeserializer($schemas->deserializer(['orders' => 'order.avsc']))
            ->withDlq(Connection::name('dead-letters'))
            ->withHandler($award)
            ->build()
            ->consume();

        return self::SUCCESS;
    }
}

<?php

declare(strict_types=1);

namespace App\Console\Commands;

use App\Kafka\OrderPublisher;
use Illuminate\Console\Command;

final class PlaceOrders extends Command
{
    protected $signature = 'kafka-lab:place-orders {count=1000}';

    protected $description = 'Write orders in Avro, and account for each of them';

    public function handle(OrderPublisher $publisher): int
    {
        $count = (int) $this->argument('count');
        for ($i = 1; $i <= $count; $i++) {
            $publisher->publish([
                'id' => "o-$i", 'customer' => 'c-'.($i % 100), 'cents' => 500 + $i * 101 % 20_000,
                'payment' => ['CARD', 'INVOICE', 'PAYPAL'][$i % 3], 'placed' => now()->getTimestampMs(),
            ]);
        }
        ['delivered' => $delivered, 'failed' => $failed] = $publisher->finish();
        foreach ($failed as $order => $why) {
            $this->error("$order: $why");
        }
        $this->info("$delivered of $count delivered");

        return $delivered === $count ? self::SUCCESS : self::FAILURE;
    }
}

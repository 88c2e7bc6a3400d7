<?php

declare(strict_types=1);

namespace App\Console\Commands;

use App\Kafka\Connection;
use App\Kafka\Schemas;
use Illuminate\Console\Command;
use Illuminate\Support\Str;
use RdKafka\Message;

final class Checkout extends Command
{
    protected $signature = 'kafka-lab:checkout {count=50}';

    protected $description = 'Place orders, and wait until each is delivered';

    public function handle(Connection $kafka, Schemas $schemas): int
    {
        [$count, $delivered, $run] = [(int) $this->argument('count'), 0, Str::lower(Str::random(6))];
        $producer = $kafka->asyncProducer()
            ->withFlushTimeout((int) config('kafka.message_timeout_ms') + 5000)
            ->withDrMsgCb(function ($client, Message $message) use (&$delivered): void {
                $delivered += $message->err === RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : 0;
            })
            ->onTopic(Connection::name('orders'))
            ->usingSerializer($schemas->serializer(['orders' => 'order.avsc']));
        for ($i = 1; $i <= $count; $i++) {
            $order = "o-$run-$i";
            $producer->withKafkaKey($order)->withHeaders(['id' => "order:$order"])->withBody([
                'order' => $order, 'customer' => 'c-'.($i % 10), 'items' => [['sku' => 'MUG-KAFKA', 'quantity' => 2, 'cents' => 1250]],
                'cents' => 2500, 'at' => now()->getTimestampMs(),
            ])->send();
        }
        $producer->build()->flush();
        $this->info("$delivered of $count orders placed");

        return $delivered === $count ? self::SUCCESS : self::FAILURE;
    }
}

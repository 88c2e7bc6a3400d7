<?php

declare(strict_types=1);

namespace App\Console\Commands;

use App\Kafka\Connection;
use App\Kafka\Schemas;
use App\Kafka\Step;
use Closure;
use Illuminate\Console\Command;

/** Each service is a process of its own: php artisan kafka-lab:service payment */
final class RunService extends Command
{
    protected $signature = 'kafka-lab:service {name : payment, shipping or notification}';

    protected $description = 'Run one of the services, until it is stopped';

    public function handle(Connection $kafka, Schemas $schemas): int
    {
        $name = $this->argument('name');
        $service = $this->services()[$name] ?? null;
        if ($service === null) {
            $this->error("there is no service $name: ".implode(', ', array_keys($this->services())));

            return self::INVALID;
        }
        [$input, $reads, $output, $writes, $decide] = $service;
        $kafka->consumer($input, $name)
            ->usingDeserializer($schemas->deserializer([$input => $reads]))
            ->withDlq(Connection::name('dead-letters'))
            ->withHandler(new Step($kafka, $schemas, $name, $output, $writes, $decide))
            ->build()
            ->consume();

        return self::SUCCESS;
    }

    /** @return array<string, array{string, string, string, string, Closure}> input, its schema, output, its schema, decision */
    private function services(): array
    {
        return [
            'payment' => ['orders', 'order.avsc', 'payments', 'payment.avsc', fn (array $order): array => [
                'customer' => $order['customer'],
                'cents' => $order['cents'],
                'status' => $order['cents'] < 100_000 ? 'TAKEN' : 'DECLINED',
            ]],
            'shipping' => ['payments', 'payment.avsc', 'shipments', 'shipment.avsc', fn (array $payment): ?array => $payment['status'] !== 'TAKEN' ? null : [
                'customer' => $payment['customer'],
                'parcel' => 'p-'.$payment['order'],
            ]],
            // TODO: notification: reads shipments, publishes to notifications; design notification.avsc.
        ];
    }
}

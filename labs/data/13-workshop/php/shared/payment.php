<?php

declare(strict_types=1);

/*
 * The service "payment": takes the payment of each order, until Ctrl-C or until it has been idle for 30 s:
 *
 *   php payment.php
 */

require __DIR__.'/lib/lab.php';
require __DIR__.'/Service.php';

(new Service('payment', 'orders', 'payments', file_get_contents(__DIR__.'/payment.avsc'), fn (array $order): array => [
    'customer' => $order['customer'],
    'cents' => $order['cents'],
    'status' => $order['cents'] < 100_000 ? 'TAKEN' : 'DECLINED',
]))->run((int) ($argv[1] ?? 30));

<?php

declare(strict_types=1);

/*
 * The service "shipping": ships what was paid, until Ctrl-C or until it has been idle for 30 s:
 *
 *   php shipping.php
 */

require __DIR__.'/lib/lab.php';
require __DIR__.'/Service.php';

(new Service('shipping', 'payments', 'shipments', file_get_contents(__DIR__.'/shipment.avsc'), fn (array $payment): ?array => $payment['status'] !== 'TAKEN' ? null : [
    'customer' => $payment['customer'],
    'parcel' => 'p-'.$payment['order'],
]))->run((int) ($argv[1] ?? 30));
